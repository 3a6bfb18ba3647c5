"""A serverless endpoint whose first answer is late: Verify waits for it, the API asks its caller to come again."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from contracts.outcomes import DeployStage
from functions.adapters.clients import PATIENT_RUNTIME_CONFIG, RUNTIME_CONFIG
from functions.adapters.runtime import Runtime
from functions.api.errors import ApiError
from functions.api.predictions import Answer, Predictor
from functions.common.names import resource_name
from functions.deploy.verify import verify
from tests.integration.functions.conftest import TINY, free_port, running
from tests.unit.functions.fakes import STACK, MemoryLedger, MemoryStorage
from tests.unit.functions.fakes.prediction_queue import no_queue
from tests.unit.functions.specs import RUN

ENDPOINT = resource_name(STACK, "reviews")
ANSWER = [{"label": "a", "score": 0.9}]
ROW = {"request": {"inputs": "x"}, "response": ANSWER}
ROLE = "arn:aws:iam::000000000000:role/sagemaker"


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as content:
        model = json.dumps(ANSWER[0]).encode()
        member = tarfile.TarInfo("model.json")
        member.size = len(model)
        content.addfile(member, io.BytesIO(model))
    return buffer.getvalue()


class Cold:
    """A serverless endpoint InService, on a local SageMaker of its own."""

    def __init__(self, url: str, clients: Callable[[str], Any]) -> None:
        self._url = url
        bucket = f"cold-{time.time_ns()}"
        clients("s3").create_bucket(Bucket=bucket)
        clients("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=archive())
        sagemaker = self._client("sagemaker")
        container = {
            "Image": "tiny-server:1",
            "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
        }
        sagemaker.create_model(
            ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container
        )
        serverless = {"MemorySizeInMB": 3072, "MaxConcurrency": 5}
        variant = {
            "VariantName": RUN,
            "ModelName": "m",
            "ServerlessConfig": serverless,
        }
        sagemaker.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant]
        )
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="c")
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=ENDPOINT, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def _client(self, service: str, config: Config | None = None) -> Any:
        session: Any = boto3.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=self._url, config=config)

    def runtime(self, config: Config) -> Runtime:
        return Runtime(self._client("sagemaker-runtime", config))


@pytest.fixture
def start(
    engine_url: str, clients: Callable[[str], Any], tmp_path: Path
) -> Iterator[Callable[[float], Cold]]:
    """Starts a local SageMaker whose models need so many seconds to load."""
    images = tmp_path / "images.json"
    command = ["{python}", str(TINY / "model_server.py")]
    images.write_text(
        json.dumps(
            [{"pattern": "tiny-server", "role": "inference", "command": command}]
        )
    )
    contexts: list[Any] = []

    def begin(seconds: float) -> Cold:
        options = ("--state", str(tmp_path / "cold"), "--images", str(images))
        piece = running(
            "localcloud.sagemaker",
            free_port(),
            "/health",
            *options,
            "--cold-start",
            str(seconds),
            AWS_ENDPOINT_URL=engine_url,
        )
        contexts.append(piece)
        return Cold(piece.__enter__(), clients)

    yield begin
    for piece in contexts:
        piece.__exit__(None, None, None)


def live_ledger() -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.add(RUN, status="live", deployment={"endpoint": ENDPOINT})
    ledger.model_records["reviews"] |= {"endpoint": ENDPOINT, "mode": "serverless"}
    return ledger


def storage() -> MemoryStorage:
    key = f"models/{RUN}/verification.json"
    return MemoryStorage(**{key: {"tolerance": 0.02, "rows": [ROW]}})


def verified(ledger: MemoryLedger, runtime: Runtime) -> Any:
    return verify(
        RUN,
        DeployStage.CANDIDATE,
        ledger=ledger,
        storage=storage(),
        runtime=runtime,
        queue=no_queue,
    )


def short(config: Config, seconds: float) -> Config:
    """The same client with less patience."""
    return config.merge(Config(read_timeout=seconds))


def test_a_late_first_answer_is_asked_for_again_and_not_wrong(
    start: Callable[[float], Cold],
) -> None:
    cold, ledger = start(2.0), live_ledger()
    impatient = cold.runtime(short(PATIENT_RUNTIME_CONFIG, 1.0))
    answer = verified(ledger, impatient)
    assert answer["outcome"] == "unknown"
    assert "did not answer in time" in answer["reason"]
    time.sleep(1.2)
    assert verified(ledger, impatient) == {"outcome": "verified"}


def test_a_caller_of_a_cold_model_is_told_to_come_again(
    start: Callable[[float], Cold],
) -> None:
    cold = start(2.0)
    impatient = cold.runtime(short(RUNTIME_CONFIG, 1.0))
    predictor = Predictor(live_ledger(), impatient, lambda _: False)
    with pytest.raises(ApiError) as refused:
        predictor.predict("reviews", '{"inputs": "x"}', "application/json")
    assert (refused.value.status, refused.value.code) == (503, "model_waking")
    assert refused.value.headers() == {"Retry-After": "10"}
    time.sleep(1.2)
    answer = predictor.predict("reviews", '{"inputs": "x"}', "application/json")
    assert isinstance(answer, Answer)
    assert json.loads(answer.body)


@pytest.mark.slow
def test_forty_seconds_are_too_long_for_the_api_and_not_for_verify(
    start: Callable[[float], Cold],
) -> None:
    cold = start(40.0)
    began = time.monotonic()
    runtime = cold.runtime(PATIENT_RUNTIME_CONFIG)
    assert verified(live_ledger(), runtime) == {"outcome": "verified"}
    assert 39 < time.monotonic() - began < 60
