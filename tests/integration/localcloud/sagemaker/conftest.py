"""A real engine and a real local SageMaker beside it, driven by boto3."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config

from localcloud.signatures import signed_headers

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

ROOT = Path(__file__).parents[4]
BUCKET = "jobs"
ROLE = "arn:aws:iam::000000000000:role/sagemaker"
TRAINING_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0-transformers5.3.0"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""Of the account's root, in every test of one machine."""
SERVER_IMAGE = "local/test-server:1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(check: Callable[[], object], seconds: float = 30.0) -> None:
    """Until `check` gives something true."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.02)


def healthy(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"the server ended with {process.returncode}"
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def archive(files: dict[str, str | bytes]) -> bytes:
    """A tar.gz of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as content:
        for name, file in files.items():
            data = file.encode() if isinstance(file, str) else file
            member = tarfile.TarInfo(name)
            member.size = len(data)
            content.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


@dataclass
class Local:
    """One local SageMaker process and clients of it and of the engine."""

    engine: str
    state: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        images = self.state.with_suffix(".images.json")
        command = ["{python}", str(Path(__file__).with_name("model_server.py"))]
        images.write_text(
            json.dumps(
                [{"pattern": "test-server", "role": "inference", "command": command}]
            )
        )
        arguments = [
            "--port",
            str(self.port),
            "--state",
            str(self.state),
            "--images",
            str(images),
            # Whatever else this machine does, no test waits for memory.
            "--max-training-jobs",
            "16",
            *self.options,
        ]
        environment = {
            **os.environ,
            **KEYS,
            "AWS_ENDPOINT_URL": self.engine,
            "AWS_REGION": "us-east-1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.sagemaker", *arguments],
            cwd=ROOT,
            env=environment,
        )
        process = self.process
        wait_until(lambda: healthy(f"http://127.0.0.1:{self.port}/health", process))

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    def _client(self, name: str, url: str, secret: str = "test") -> Any:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=32)
        make: Any = boto3.client
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": secret}
        return make(
            name, region_name="us-east-1", endpoint_url=url, config=config, **keys
        )

    def __post_init__(self) -> None:
        own = f"http://127.0.0.1:{self.port}"
        self.sagemaker: SageMakerClient = self._client("sagemaker", own)
        self.runtime: SageMakerRuntimeClient = self._client("sagemaker-runtime", own)
        self.s3: S3Client = self._client("s3", self.engine)
        self.logs: CloudWatchLogsClient = self._client("logs", self.engine)
        self.events: EventBridgeClient = self._client("events", self.engine)
        self.sqs: Any = self._client("sqs", self.engine)
        self.cloudwatch: Any = self._client("cloudwatch", self.engine)
        self.sns: Any = self._client("sns", self.engine)

    def request(
        self, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Request:
        """A signed POST as no SDK would send it."""
        url = f"http://127.0.0.1:{self.port}{path}"
        keys = KEYS | {"AWS_REGION": "us-east-1"}
        signed = signed_headers(
            "POST", url, body, keys, service="sagemaker", headers=headers
        )
        return Request(url, body, signed, method="POST")

    def close_clients(self) -> None:
        for client in (
            self.sagemaker,
            self.runtime,
            self.s3,
            self.logs,
            self.events,
            self.sqs,
            self.cloudwatch,
            self.sns,
        ):
            client.close()

    def put(self, key: str, body: bytes) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def unpacked(self, uri: str) -> dict[str, str]:
        """The text files of an archive in S3."""
        with tarfile.open(fileobj=io.BytesIO(self.get(uri))) as content:
            files = {
                member.name: content.extractfile(member)
                for member in content
                if member.isfile()
            }
            return {name: file.read().decode() for name, file in files.items() if file}

    def job_request(
        self, script: str, files: Mapping[str, str | bytes] | None = None
    ) -> dict[str, Any]:
        """For a job that runs `script`, with these files beside it."""
        name = f"job-{uuid.uuid4().hex[:8]}"
        source = self.put(
            f"code/{name}.tar.gz", archive({"train.py": script, **(files or {})})
        )
        return {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": TRAINING_IMAGE,
                "TrainingInputMode": "File",
            },
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "HyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": source,
            },
        }

    def train(self, script: str, **more: Any) -> str:
        """Start a job that runs `script`; its name."""
        request = self.job_request(script, more.pop("files", None))
        algorithm = request["AlgorithmSpecification"]
        algorithm["TrainingImage"] = more.pop("image", TRAINING_IMAGE)
        algorithm["MetricDefinitions"] = more.pop("metrics", [])
        request["HyperParameters"] |= more.pop("hyperparameters", {})
        self.sagemaker.create_training_job(**{**request, **more})
        return str(request["TrainingJobName"])

    def job(self, name: str) -> Any:
        return self.sagemaker.describe_training_job(TrainingJobName=name)

    def finished(self, name: str, seconds: float = 30.0) -> Any:
        """The job once it has a terminal status."""
        terminal = ("Completed", "Failed", "Stopped")
        wait_until(lambda: self.job(name)["TrainingJobStatus"] in terminal, seconds)
        return self.job(name)

    def log_lines(self, group: str, prefix: str) -> list[str]:
        """Lines of the group's streams whose names begin so; none where there is no such group yet."""
        try:
            streams = self.logs.describe_log_streams(
                logGroupName=group, logStreamNamePrefix=prefix
            )["logStreams"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        pages = [
            self.logs.get_log_events(
                logGroupName=group, logStreamName=s["logStreamName"]
            )
            for s in streams
        ]
        return [event["message"] for page in pages for event in page["events"]]

    def make_config(
        self,
        version: str,
        serverless: bool = False,
        role: str = ROLE,
        asynchronous: Any = None,
        **model: Any,
    ) -> str:
        """Model archive, model and endpoint config of one version; the config's name.

        `asynchronous` is its `AsyncInferenceConfig`.
        """
        name = f"config-{uuid.uuid4().hex[:8]}"
        uri = self.put(
            f"archives/{name}.tar.gz",
            archive({"model.json": json.dumps({"version": version, **model})}),
        )
        container: Any = {
            "Image": SERVER_IMAGE,
            "ModelDataUrl": uri,
            "Environment": {"GREETING": f"hello {version}"},
        }
        self.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
        )
        variant: Any = {"VariantName": "AllTraffic", "ModelName": name}
        if serverless:
            variant["ServerlessConfig"] = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
        else:
            variant |= {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
        more = {"AsyncInferenceConfig": asynchronous} if asynchronous else {}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant], **more
        )
        return name

    def endpoint_status(self, name: str) -> str:
        return self.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]

    def settled(self, name: str, seconds: float = 30.0) -> Any:
        changing = ("Creating", "Updating", "RollingBack")
        wait_until(lambda: self.endpoint_status(name) not in changing, seconds)
        return self.sagemaker.describe_endpoint(EndpointName=name)

    def serve(self, version: str = "one", **more: Any) -> str:
        """An endpoint InService with a model of that version; its name."""
        name = f"endpoint-{uuid.uuid4().hex[:8]}"
        config = self.make_config(version, **more)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        assert self.settled(name)["EndpointStatus"] == "InService"
        return name

    def invoke(self, name: str, **request: Any) -> Any:
        answer = self.runtime.invoke_endpoint(
            EndpointName=name, ContentType="application/json", Body=json.dumps(request)
        )
        with closing(answer["Body"]) as body:
            return json.loads(body.read())


def running_engine(folder: Path, *options: str) -> Iterator[str]:
    """An engine's URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "localcloud.engine", "--port", str(port)]
    command += ["--state", str(folder / "state"), *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | KEYS
        )
        wait_until(lambda: healthy(f"{url}/_ministack/health", process))
        yield url
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from running_engine(tmp_path_factory.mktemp("engine"))


def running(engine: str, folder: Path, *options: str) -> Iterator[Local]:
    local = Local(engine, folder / "sagemaker", options)
    local.state.parent.mkdir(parents=True, exist_ok=True)
    local.s3.create_bucket(Bucket=BUCKET)
    local.start()
    yield local
    if local.process and local.process.poll() is None:
        local.end()
    local.close_clients()


@pytest.fixture(scope="session")
def local(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """The local SageMaker most tests share."""
    yield from running(
        engine,
        tmp_path_factory.mktemp("shared"),
        "--stop-grace",
        "2",
        "--checkpoint-interval",
        "0.3",
    )


@pytest.fixture
def own_local(engine: str, tmp_path: Path) -> Iterator[Local]:
    """A local SageMaker that a test may stop or kill."""
    yield from running(engine, tmp_path, "--stop-grace", "2")


@pytest.fixture(scope="module")
def local_with_iam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """A local SageMaker and an engine of its own that enforce what roles and callers may do."""
    for own_engine in running_engine(tmp_path_factory.mktemp("engine"), "--iam"):
        yield from running(own_engine, tmp_path_factory.mktemp("iam"), "--iam")


@pytest.fixture(scope="module")
def iam(local_with_iam: Local) -> Iterator[Any]:
    client = local_with_iam._client("iam", local_with_iam.engine)
    yield client
    client.close()
