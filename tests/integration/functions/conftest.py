"""The local cloud's two parts as processes, for the whole session: a real DynamoDB API, a real SageMaker API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from functions.adapters.ledger import Ledger
from tests.integration.functions.calls import Watcher
from tests.integration.functions.states import Stack
from tests.unit.stack import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table


ROOT = Path(__file__).parents[3]
TINY = Path(__file__).with_name("tiny")
HERE = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{url} ended with {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer within 60 s")


@contextmanager
def running(
    module: str, port: int, health: str, *arguments: str, **environment: str
) -> Iterator[str]:
    """A part of the local cloud as its own process; its URL."""
    command = [sys.executable, "-m", module, "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | HERE | environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(f"{url}{health}", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = str(tmp_path_factory.mktemp("functions") / "engine")
    with running(
        "localcloud.engine", free_port(), "/_ministack/health", "--state", state
    ) as url:
        yield url


@pytest.fixture(scope="session")
def sagemaker_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of the local SageMaker."""
    return tmp_path_factory.mktemp("functions") / "sagemaker"


@pytest.fixture(scope="session")
def sagemaker_url(engine_url: str, sagemaker_state: Path) -> Iterator[str]:
    state = sagemaker_state.parent
    command = ["{python}", str(TINY / "model_server.py")]
    images = state / "images.json"
    images.write_text(
        json.dumps(
            [{"pattern": "tiny-server", "role": "inference", "command": command}]
        )
    )
    arguments = (
        "--state",
        str(sagemaker_state),
        "--images",
        str(images),
        "--stop-grace",
        "2",
    )
    with running(
        "localcloud.sagemaker",
        free_port(),
        "/health",
        *arguments,
        AWS_ENDPOINT_URL=engine_url,
    ) as url:
        yield url


@pytest.fixture(scope="session")
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture(scope="session")
def clients(
    engine_url: str, sagemaker_url: str, watcher: Watcher
) -> Iterator[Callable[[str], Any]]:
    """A client of any service; all are closed in the end."""
    session: Any = boto3.Session("test", "test", region_name="us-east-1")
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            url = sagemaker_url if service.startswith("sagemaker") else engine_url
            made[service] = session.client(service, endpoint_url=url)
            watcher.watch(made[service])
        return made[service]

    yield client
    for open_client in made.values():
        open_client.close()


@pytest.fixture(scope="session")
def dynamodb(engine_url: str, watcher: Watcher) -> DynamoDBServiceResource:
    session = boto3.Session("test", "test", region_name="us-east-1")
    resource = session.resource("dynamodb", endpoint_url=engine_url)
    watcher.watch(resource.meta.client)
    return resource


@pytest.fixture
def table(dynamodb: DynamoDBServiceResource) -> Table:
    """A table of the shape the template declares."""
    return dynamodb.create_table(
        TableName=f"ledger-{uuid.uuid4().hex}", **template.ledger_table()
    )


@pytest.fixture
def ledger(table: Table) -> Ledger:
    return Ledger(table, "traindrop")


@pytest.fixture(scope="session")
def tiny_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("source")
    for package in ("training", "inference", "tasks", "contracts"):
        (root / package).mkdir()
    shutil.copy(TINY / "train.py", root / "training" / "train.py")
    for name in ("requirements.txt", "constraints.txt"):
        (root / "training" / name).write_text("")
    return root


@pytest.fixture
def stack(
    table: Table, clients: Callable[[str], Any], tiny_source: Path, watcher: Watcher
) -> Stack:
    return Stack(table, clients, tiny_source, watcher)
