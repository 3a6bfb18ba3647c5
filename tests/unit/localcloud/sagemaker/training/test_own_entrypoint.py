from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.operations.training_jobs import create_training_job
from localcloud.sagemaker.training import own_entrypoint
from localcloud.sagemaker.training.own_entrypoint import (
    entrypoint_command,
    entrypoint_environment,
)
from tests.unit.localcloud.sagemaker.operations.sagemakers import records_only
from tests.unit.localcloud.sagemaker.training.jobs import a_body, a_job, paths_below


@pytest.fixture
def no_unshare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    own_entrypoint.lack.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    yield
    own_entrypoint.lack.cache_clear()


@pytest.mark.usefixtures("no_unshare")
def test_where_there_are_no_namespaces_the_job_is_refused_with_the_reason(
    tmp_path: Path,
) -> None:
    body = a_body()
    body["AlgorithmSpecification"]["ContainerEntrypoint"] = ["/bin/bash"]
    with (
        records_only(tmp_path) as sagemaker,
        pytest.raises(ValidationError, match="this machine has no unshare") as caught,
    ):
        create_training_job(sagemaker, body)
    assert "sagemaker_submit_directory instead" in str(caught.value)


def test_arguments_need_a_program(tmp_path: Path) -> None:
    body = a_body()
    body["AlgorithmSpecification"]["ContainerArguments"] = ["train"]
    with (
        records_only(tmp_path) as sagemaker,
        pytest.raises(ValidationError, match="ContainerArguments needs"),
    ):
        create_training_job(sagemaker, body)


def test_the_program_comes_last_and_the_jobs_folder_is_named(tmp_path: Path) -> None:
    job = replace(a_job(), entrypoint=["/bin/bash"], arguments=["-c", "true"])
    paths = paths_below(tmp_path)
    command = entrypoint_command(job, paths)
    assert command[0] == "unshare"
    assert str(paths.base) in command
    assert command[-3:] == ["/bin/bash", "-c", "true"]


def test_paths_of_the_request_stay_those_of_the_container(tmp_path: Path) -> None:
    job = replace(a_job(), environment={"CACHE": "/opt/ml/cache"})
    environment = entrypoint_environment(job, Settings(tmp_path), host={})
    assert environment["CACHE"] == "/opt/ml/cache"
    assert environment["TRAINING_JOB_NAME"] == "job-1"
    assert "SAGEMAKER_BASE_DIR" not in environment
