"""A real DynamoDB API for the ledger: one engine process for the whole session."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from functions.aws.ledger import Ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the engine ended with {process.returncode}"
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the engine did not answer within 30 s")


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, state = free_port(), tmp_path_factory.mktemp("engine")
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(state),
    }
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen([sys.executable, "-m", "ministack"], env=environment, stdout=nowhere, stderr=nowhere)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_healthy(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def dynamodb(engine_url: str) -> DynamoDBServiceResource:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.resource("dynamodb", endpoint_url=engine_url)


@pytest.fixture
def table(dynamodb: DynamoDBServiceResource) -> Table:
    """A table of the shape the template declares."""
    return dynamodb.create_table(
        TableName=f"ledger-{uuid.uuid4().hex}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "kind", "sort")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_kind",
                "KeySchema": [
                    {"AttributeName": "kind", "KeyType": "HASH"},
                    {"AttributeName": "sort", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


@pytest.fixture
def ledger(table: Table) -> Ledger:
    return Ledger(table, "traindrop")
