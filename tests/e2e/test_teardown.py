"""`make destroy`, last: one of two stacks in an account goes and the other misses nothing; then nothing is left.

On a small stack beside what another one has made, tests/integration/functions/test_teardown.py shows the same of names
that begin alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.common.names import resource_name
from tests.e2e.client import ROOT, STACK, Cloud
from tests.e2e.conftest import BASE_MODEL, example_words, seed
from tests.e2e.second_stack import StackBeside, deploy_beside
from tests.tiny_model import TEXTS, build

FIRST, SECOND = STACK, f"{STACK}-two"
"""The second begins as the first does, and what the first makes begins with its name."""
INPUT = "film great plot lovely cast good"


@pytest.fixture(scope="module")
def beside(cloud: Cloud) -> Iterator[StackBeside]:
    second = deploy_beside(cloud, SECOND)
    yield second
    second.http.close()


@pytest.fixture(scope="module")
def served(cloud: Cloud, beside: StackBeside, live: str) -> str:
    """The name of a model that both stacks serve: the second one the archive of the first."""
    beside.drop(live, cloud.archive_of(live), "model.tar.gz")
    record = beside.ended(live)
    assert record["status"] == "live", record
    return live


def destroy(cloud: Cloud, stack: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tools.destroy", "--stack", stack, "--yes"],
        cwd=ROOT,
        env=os.environ | cloud.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answer(cloud: Cloud, model: str) -> str:
    response = cloud.predict(model, INPUT)
    assert response.status_code == 200, response.text
    assert response.headers["x-traindrop-run"] in {
        run["run"] for run in cloud.runs(model)
    }
    return str(response.json()[0]["label"])


def inventory(cloud: Cloud, stack: str) -> set[str]:
    """What an account holds under a stack's name, wherever it is listed."""
    names = [*cloud.endpoints(), *cloud.configs(), *cloud.models()]
    resources = cloud.boto("cloudformation").get_paginator("list_stack_resources")
    for page in resources.paginate(StackName=stack):
        names += [item["PhysicalResourceId"] for item in page["StackResourceSummaries"]]
    names += log_groups(cloud)
    return {name for name in names if f"{stack}-" in name or name.endswith(f"/{stack}")}


def log_groups(cloud: Cloud) -> list[str]:
    pages = cloud.boto("logs").get_paginator("describe_log_groups").paginate()
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


@pytest.mark.slow
@pytest.mark.timeout(600)  # on a busy machine; with the deployments of both stacks
def test_two_stacks_serve_a_model_of_the_same_name_side_by_side(
    cloud: Cloud, beside: StackBeside, served: str, tmp_path: Path
) -> None:
    seed(beside, BASE_MODEL, build(tmp_path, (*TEXTS, example_words())))
    trained = beside.live_model("trained")
    # With a single hyphen between them, this model of the first stack and that of the second had one endpoint.
    meeting = cloud.live_model(f"two-{served}")
    of_each = [(FIRST, served), (FIRST, meeting), (SECOND, served)]
    expected = {resource_name(stack, model) for stack, model in of_each}
    assert len(expected) == len(of_each)
    assert expected <= set(cloud.endpoints())
    for stack, model in (
        (cloud, served),
        (cloud, meeting),
        (beside, served),
        (beside, trained),
    ):
        assert answer(stack, model) == "positive"
    models = beside.http.get("/models").json()["models"]
    assert {model["model"] for model in models} == {served, trained}


@pytest.mark.slow
def test_destroying_one_stack_leaves_the_other_whole(
    cloud: Cloud, beside: StackBeside, served: str
) -> None:
    before = inventory(cloud, SECOND)
    schedules = cloud.boto("scheduler").list_schedules()["Schedules"]
    assert f"{SECOND}-sweep" in {schedule["Name"] for schedule in schedules}
    assert "Nothing of traindrop is left that can be removed." in destroy(cloud, FIRST)
    assert inventory(cloud, SECOND) == before
    owners = {name.partition("--")[0] for name in cloud.endpoints() + cloud.configs()}
    assert owners == {SECOND}
    assert cloud.environment["TRAINDROP_BUCKET"] not in buckets(cloud)
    assert answer(beside, served) == "positive"
    beside.drop("one-row", b"text,label\nonly one,row\n")
    assert beside.ended("one-row")["status"] == "rejected"


def test_destroying_the_last_leaves_nothing_that_can_be_removed(cloud: Cloud) -> None:
    """The second stack, where the tests above have run; else the only one, with all that this folder has made."""
    (last,) = deployed_stacks(cloud)
    name, bucket = last["StackName"], output_of(last, "DataBucket")
    assert bucket in buckets(cloud)
    assert f"Nothing of {name} is left that can be removed." in destroy(cloud, name)
    assert (cloud.endpoints(), cloud.configs(), cloud.models()) == ([], [], [])
    assert bucket not in buckets(cloud)
    shared = {"/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs"}
    assert set(log_groups(cloud)) <= shared
    assert cloud.boto("scheduler").list_schedules()["Schedules"] == []


def deployed_stacks(cloud: Cloud) -> list[dict[str, Any]]:
    stacks = cloud.boto("cloudformation").describe_stacks()["Stacks"]
    return [stack for stack in stacks if stack["StackName"] in {FIRST, SECOND}]


def output_of(stack: dict[str, Any], key: str) -> str:
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    return str(outputs[key])


def buckets(cloud: Cloud) -> list[str]:
    return [bucket["Name"] for bucket in cloud.s3.list_buckets()["Buckets"]]
