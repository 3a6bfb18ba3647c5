from __future__ import annotations

import json

from tests.integration.localcloud.sagemaker.conftest import BUCKET, Local

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def train_channel(uri: str) -> list[dict[str, object]]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]


def test_a_channel_without_objects_fails_the_job(local: Local) -> None:
    job = local.finished(
        local.train("", InputDataConfig=train_channel(f"s3://{BUCKET}/nothing/"))
    )
    assert job["FailureReason"].startswith(
        f'ClientError: Data download failed:No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"'
    )


def test_uncompressed_output_is_uploaded_as_files(local: Local) -> None:
    script = (
        'import os; open(os.environ["SM_MODEL_DIR"] + "/weights.txt", "w").write("w")'
    )
    output = {"S3OutputPath": f"s3://{BUCKET}/models", "CompressionType": "NONE"}
    job = local.finished(local.train(script, OutputDataConfig=output))
    assert local.get(job["ModelArtifacts"]["S3ModelArtifacts"] + "weights.txt") == b"w"


def test_a_manifest_names_the_objects_of_a_channel(local: Local) -> None:
    local.put("manifest/data/a.txt", b"a")
    local.put("manifest/data/deep/b.txt", b"b")
    manifest = [{"prefix": f"s3://{BUCKET}/manifest/data/"}, "a.txt", "deep/b.txt"]
    source = {
        "S3DataType": "ManifestFile",
        "S3Uri": local.put("manifest/list", json.dumps(manifest).encode()),
    }
    script = """
import os
from pathlib import Path
root = Path(os.environ["SM_CHANNEL_TRAIN"])
print(sorted(str(path.relative_to(root)) for path in root.rglob("*.txt")))
"""
    name = local.train(
        script,
        InputDataConfig=[
            {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
        ],
    )
    assert local.finished(name)["TrainingJobStatus"] == "Completed"
    assert local.log_lines(LOG_GROUP, name) == ["['a.txt', 'deep/b.txt']"]
