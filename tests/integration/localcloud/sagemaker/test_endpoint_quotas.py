"""An endpoint beyond a quota of the account is refused as SageMaker refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.quotas import SERVERLESS_CONCURRENCY, endpoint_instances
from functions.explain.known_failures import RECOGNISED
from localcloud.engine.account_services import QUOTAS_FILE
from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    Local,
    running,
    running_engine,
)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Local]:
    """In an account with room for one serverless endpoint of those that are made here, and for no instance."""
    for engine in running_engine(tmp_path):
        quotas = {SERVERLESS_CONCURRENCY: 9, endpoint_instances("ml.m5.xlarge"): 0}
        content = json.dumps({"sagemaker": quotas})
        (tmp_path / "state" / QUOTAS_FILE).write_text(content, "utf-8")
        for local in running(engine, tmp_path, "--stop-grace", "2"):
            if BUCKET not in str(local.s3.list_buckets()):
                local.s3.create_bucket(Bucket=BUCKET)
            yield local


def refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**request)
    assert raised.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    return str(raised.value)


def test_an_endpoint_beyond_a_quota_is_refused(limited: Local) -> None:
    sagemaker: Any = limited.sagemaker
    served = limited.serve(serverless=True)
    second = limited.make_config("two", serverless=True)
    message = refusal(
        sagemaker.create_endpoint, EndpointName="second", EndpointConfigName=second
    )
    assert (
        f"The account-level service limit '{SERVERLESS_CONCURRENCY}' is 9, with current utilization of 5 and a "
        "request delta of 5."
    ) in message
    failure = next(item for item in RECOGNISED if item.pattern.search(message))
    assert failure.cause.startswith("The account's quota for endpoints is full.")
    refusal(sagemaker.update_endpoint, EndpointName=served, EndpointConfigName=second)
    assert limited.endpoint_status(served) == "InService"
    on_instances = limited.make_config("three")
    message = refusal(
        sagemaker.create_endpoint, EndpointName="third", EndpointConfigName=on_instances
    )
    assert "'ml.m5.xlarge for endpoint usage' is 0" in message
    assert len(sagemaker.list_endpoints()["Endpoints"]) == 1
