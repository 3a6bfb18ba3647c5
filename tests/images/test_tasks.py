"""Every task from its drop to a verified answer, by the images' own launchers and versions; `make test-images`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from functions.common.names import resource_name
from localcloud.sagemaker.common.manifests import read_manifest
from tasks import Task, every_variant
from tests.e2e.client import STACK, Cloud
from tests.e2e.test_tasks import (
    check_live_model,
    delete_endpoint,
    model_of,
    run_examples,
    seed_bases,
)
from tools.docs.tasks_page import name_of

pytestmark = [pytest.mark.images, pytest.mark.timeout(2400)]
RUN_SECONDS = 1200
TRAINED = "Reporting training SUCCESS"
"""What sagemaker-training prints last."""
SERVED = "com.amazonaws.ml.mms"
"""The packages of multi-model-server, in its own lines."""


Runs = dict[str, Future[dict[str, Any]]]


@pytest.fixture(scope="module")
def runs(
    cloud: Cloud,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runs]:
    seed_bases(cloud, tmp_path_factory)
    with run_examples(cloud, request, RUN_SECONDS) as runs:
        yield runs


@pytest.mark.parametrize("form", list(every_variant()), ids=name_of)
def test_a_drop_is_trained_and_served_by_the_images_own_programs(
    form: Task, runs: Runs, cloud: Cloud
) -> None:
    record = runs[name_of(form)].result()
    try:
        check_live_model(cloud, form, record)
        check_programs(cloud, form, record)
    finally:
        delete_endpoint(cloud, model_of(form))


def check_programs(cloud: Cloud, form: Task, record: dict[str, Any]) -> None:
    manifest = read_manifest("huggingface-pytorch-training")
    assert manifest is not None
    assert (
        transformers_version(cloud, record["run"]) == manifest.packages["transformers"]
    )
    assert TRAINED in log_of_job(cloud, record["training"]["job"])
    assert SERVED in log_of_endpoint(cloud, model_of(form))


def transformers_version(cloud: Cloud, run: str) -> str:
    key = f"models/{run}/evaluation.json"
    body = cloud.s3.get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return str(json.loads(body)["versions"]["transformers"])


def log_of_job(cloud: Cloud, job: str) -> str:
    return (cloud.state / "sagemaker" / "jobs" / job / "job.log").read_text("utf-8")


def log_of_endpoint(cloud: Cloud, model: str) -> str:
    log = cloud.state / "sagemaker" / "logs" / f"{resource_name(STACK, model)}.log"
    return log.read_text("utf-8")
