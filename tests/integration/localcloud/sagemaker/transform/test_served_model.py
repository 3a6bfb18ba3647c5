"""A transform job of a model that Traindrop serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inference.archive import load
from tests.integration.localcloud.sagemaker.conftest import BUCKET, ROLE, Local, archive
from tests.unit.inference.tiny import build_model

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6"
TEXTS = ("a good film", "a bad film", "äöü 🎬", "good " * 40)
ROWS = 10_000


@pytest.mark.slow
def test_ten_thousand_rows_are_answered_as_predictions_are(
    local: Local, tmp_path: Path
) -> None:
    folder = build_model(tmp_path / "model")
    service = load(folder)
    bodies = [json.dumps({"inputs": text}) for text in TEXTS]
    expected = [json.loads(service.invoke(body.encode())) for body in bodies]
    files: dict[str, str | bytes] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    container: Any = {
        "Image": IMAGE,
        "ModelDataUrl": local.put("served/model.tar.gz", archive(files)),
    }
    local.sagemaker.create_model(
        ModelName="served", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    lines = [bodies[number % len(TEXTS)] for number in range(ROWS)]
    uri = local.put("served/rows.jsonl", "\n".join(lines).encode())
    source: Any = {"S3DataType": "S3Prefix", "S3Uri": uri}
    local.sagemaker.create_transform_job(
        TransformJobName="served",
        ModelName="served",
        BatchStrategy="SingleRecord",
        MaxConcurrentTransforms=16,
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "application/json",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/served/out",
            "Accept": "application/json",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"JoinSource": "Input"},
    )
    waiter = local.sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(
        TransformJobName="served", WaiterConfig={"Delay": 1, "MaxAttempts": 180}
    )
    body = local.get(f"s3://{BUCKET}/served/out/rows.jsonl.out")
    answers = [json.loads(line) for line in body.splitlines()]
    assert [answer["inputs"] for answer in answers] == [
        TEXTS[number % len(TEXTS)] for number in range(ROWS)
    ]
    for number, answer in enumerate(answers):
        [answered], [single] = answer["SageMakerOutput"], expected[number % len(TEXTS)]
        assert answered["label"] == single["label"]
        assert answered["score"] == pytest.approx(single["score"], abs=1e-4)
