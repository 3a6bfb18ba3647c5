"""`python -m tools.destroy` on the local cloud: a small stack, and what functions would make beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.adapters.sagemaker import SageMaker
from functions.common.tags import tags
from functions.deploy.requests import config_request, model_container, model_request
from tests.integration.functions.conftest import HERE, ROOT
from tests.unit.functions.specs import spec_object

KEYS = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
INDEX = {
    "IndexName": "by_kind",
    "KeySchema": [
        {"AttributeName": "kind", "KeyType": "HASH"},
        {"AttributeName": "sort", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}
TEMPLATE = {
    "Description": "Traindrop: small",
    "Resources": {
        "DataBucket": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
        },
        "LedgerTable": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"}
                    for name in ("pk", "sk", "kind", "sort")
                ],
                "KeySchema": KEYS,
                "GlobalSecondaryIndexes": [INDEX],
            },
        },
    },
    "Outputs": {
        "DataBucket": {"Value": {"Ref": "DataBucket"}},
        "LedgerTable": {"Value": {"Ref": "LedgerTable"}},
    },
}


@pytest.fixture
def deployed(clients: Callable[[str], Any]) -> str:
    """A stack with two versions of an object, a model and a config of its own, and a model of another stack."""
    stack = f"t{uuid.uuid4().hex[:8]}"
    cloudformation = clients("cloudformation")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=stack, WaiterConfig={"Delay": 1}
    )
    for text in (b"one", b"two"):
        clients("s3").put_object(
            Bucket=bucket(clients, stack), Key="datasets/x/a.csv", Body=text
        )
    for owner in (stack, f"{stack}-dev"):
        make(clients, owner)
    clients("logs").create_log_group(logGroupName=f"/aws/lambda/{stack}-functions")
    clients("logs").create_log_group(logGroupName=f"/aws/lambda/{stack}-dev-functions")
    return stack


def bucket(clients: Callable[[str], Any], stack: str) -> str:
    outputs = clients("cloudformation").describe_stacks(StackName=stack)["Stacks"][0][
        "Outputs"
    ]
    return str(
        next(
            output["OutputValue"]
            for output in outputs
            if output["OutputKey"] == "DataBucket"
        )
    )


def make(clients: Callable[[str], Any], stack: str) -> None:
    sagemaker, name, owner = (
        SageMaker(clients("sagemaker")),
        f"{stack}--x-1",
        tags(stack, "x", "x-1"),
    )
    container = model_container(
        spec_object(),
        image="tiny-server:1",
        archive="s3://b/m.tar.gz",
        region="us-east-1",
    )
    sagemaker.create_model(
        model_request(
            name, container, "arn:aws:iam::000000000000:role/sagemaker", owner
        )
    )
    sagemaker.create_config(
        config_request(
            name, "x-1", spec_object().deployment, owner, "s3://data/{}".format
        )
    )


def teardown(
    engine: str, sagemaker: str, *arguments: str, stdin: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    urls = {"AWS_ENDPOINT_URL": engine, "AWS_ENDPOINT_URL_SAGEMAKER": sagemaker}
    return subprocess.run(
        [sys.executable, "-m", "tools.destroy", *arguments, "--region", "us-east-1"],
        cwd=ROOT,
        env=os.environ | HERE | urls,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_everything_of_the_stack_goes_and_nothing_else(
    deployed: str, clients: Callable[[str], Any], engine_url: str, sagemaker_url: str
) -> None:
    data = bucket(clients, deployed)
    plan = teardown(engine_url, sagemaker_url, "--stack", deployed, "--dry-run")
    assert plan.stdout.splitlines() == [
        "Account 000000000000, region us-east-1, as arn:aws:iam::000000000000:root",
        f"Of stack {deployed}:",
        "  0 running executions",
        "  0 running training jobs",
        "  0 running transform jobs",
        "  0 endpoints",
        "  1 endpoint-config",
        "  1 model",
        "  0 alarms",
        "  1 log group",
        f"  the bucket {data} with 2 versions of objects",
        "  the stack itself, with its ledger, functions and API",
        f"would remove endpoint-config {deployed}--x-1",
        f"would remove model {deployed}--x-1",
        f"would remove stack {deployed}",
        f"would remove bucket {data} and everything in it",
        f"would remove log group /aws/lambda/{deployed}-functions",
    ]
    done = teardown(engine_url, sagemaker_url, "--stack", deployed, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Nothing of {deployed} is left that can be removed." in done.stdout
    assert (
        "records of training and transform jobs (SageMaker keeps them for ever, they cost nothing)"
        in done.stdout
    )
    assert data not in {
        bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]
    }
    sagemaker = SageMaker(clients("sagemaker"))
    assert (
        sagemaker.model(f"{deployed}--x-1"),
        sagemaker.config(f"{deployed}--x-1"),
    ) == (
        None,
        None,
    )
    assert sagemaker.model(f"{deployed}-dev--x-1") is not None
    groups = clients("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{deployed}"
    )["logGroups"]
    assert [group["logGroupName"] for group in groups] == [
        f"/aws/lambda/{deployed}-dev-functions"
    ]
    again = teardown(engine_url, sagemaker_url, "--stack", deployed, "--yes")
    assert again.returncode == 2
    assert (
        f"expected a stack {deployed!r}, or something that carries its tag"
        in again.stderr
    )


def test_nothing_goes_without_a_terminal_to_ask_on(
    deployed: str, clients: Callable[[str], Any], engine_url: str, sagemaker_url: str
) -> None:
    done = teardown(engine_url, sagemaker_url, "--stack", deployed)
    assert done.returncode == 2
    assert "destroy: expected a terminal to ask on, or --yes" in done.stderr
    assert bucket(clients, deployed)


def test_on_a_terminal_it_wants_the_stacks_name(
    deployed: str, clients: Callable[[str], Any], engine_url: str, sagemaker_url: str
) -> None:
    for answer, code in (("y", 2), (deployed, 0)):
        keyboard, terminal = os.openpty()
        os.write(keyboard, f"{answer}\n".encode())
        done = teardown(engine_url, sagemaker_url, "--stack", deployed, stdin=terminal)
        os.close(keyboard)
        os.close(terminal)
        assert done.returncode == code, done.stdout + done.stderr
        assert f"Type {deployed} to remove it" in done.stdout
        assert ("Nothing was removed." in done.stderr) is (code == 2)
    assert SageMaker(clients("sagemaker")).model(f"{deployed}--x-1") is None


def test_a_stack_of_another_template_stays(
    clients: Callable[[str], Any], engine_url: str, sagemaker_url: str
) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Description": "Payroll",
    }
    cloudformation = clients("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    done = teardown(engine_url, sagemaker_url, "--stack", name, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a stack of Traindrop's template" in done.stderr
    assert cloudformation.describe_stacks(StackName=name)["Stacks"]


def test_without_credentials_it_says_what_it_wants(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.destroy",
            "--stack",
            "td",
            "--region",
            "eu-west-1",
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "destroy: Unable to locate credentials" in done.stderr
    assert "aws configure" in done.stderr
