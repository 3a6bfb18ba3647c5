from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from contracts.run_record import RunRecord
from contracts.stored_version import StoredVersion
from functions.common.names import LIMIT, job_name, resource_name
from functions.train.request import (
    ChampionArchive,
    JobEnvironment,
    champion_archive,
    hyperparameters,
    training_request,
)
from tests.unit.functions.aws_model import problems
from tests.unit.functions.fakes import STACK, MemoryLedger
from tests.unit.functions.specs import RUN, spec, spec_object

ENVIRONMENT = JobEnvironment(
    "traindrop",
    "data",
    "eu-central-1",
    "arn:aws:iam::1:role/sagemaker",
    "image:1",
    "code/d/s.tar.gz",
    None,
)


def test_botocore_accepts_the_request() -> None:
    request = training_request(
        spec_object(model="Filmkritik ä+b"),
        ENVIRONMENT,
        resource_name(STACK, RUN),
        "ml.g5.xlarge",
    )
    assert problems("sagemaker", "CreateTrainingJob", request) == ""
    assert len(request["AlgorithmSpecification"]["MetricDefinitions"]) <= 40


def test_hyperparameters_are_those_that_a_shell_does_not_harm() -> None:
    assert hyperparameters(spec_object(), ENVIRONMENT, "ml.g5.xlarge") == {
        "epochs": "2",
        "learning_rate": "0.0001",
        "bf16": "true",
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://data/code/d/s.tar.gz",
        "sagemaker_region": "eu-central-1",
    }


@pytest.mark.parametrize(
    ("instance_type", "several"),
    [
        ("ml.g4dn.xlarge", False),
        ("ml.g4dn.12xlarge", True),
        ("ml.g5.16xlarge", False),
        ("ml.g5.48xlarge", True),
        ("ml.g6e.24xlarge", True),
        ("ml.p3.2xlarge", False),
        ("ml.p3.8xlarge", True),
        ("ml.p3dn.24xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.p4de.24xlarge", True),
        ("ml.p5.4xlarge", False),
        ("ml.p5en.48xlarge", True),
        ("ml.p6-b200.48xlarge", True),
        ("ml.m5.24xlarge", False),
        ("ml.c5.12xlarge", False),
    ],
)
def test_each_of_several_gpus_has_a_process(instance_type: str, several: bool) -> None:
    request = training_request(spec_object(), ENVIRONMENT, "job", instance_type)
    assert request["HyperParameters"].get("sagemaker_torch_distributed_enabled") == (
        "true" if several else None
    )


def test_a_script_starts_its_processes_itself() -> None:
    value = hyperparameters(spec_object(script=True), ENVIRONMENT, "ml.g5.48xlarge")
    assert "sagemaker_torch_distributed_enabled" not in value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "two words",
        "it's",
        '"',
        "a;b",
        "$(id)",
        "a>b",
        "*",
        {"a": 1},
        ["q"],
        None,
        "x" * 2501,
    ],
)
def test_what_a_shell_would_change_or_sagemaker_refuse_stays_in_the_spec(
    value: Any,
) -> None:
    texts = hyperparameters(
        spec_object(hyperparameters={"note": value, "epochs": 2, "a;b": 1}),
        ENVIRONMENT,
        "ml.g5.xlarge",
    )
    own = {
        name: text for name, text in texts.items() if not name.startswith("sagemaker_")
    }
    assert own == {"epochs": "2"}


def test_no_more_hyperparameters_are_sent_than_sagemaker_takes() -> None:
    many = {f"own_{number}": number for number in range(120)}
    request = training_request(
        spec_object(hyperparameters=many), ENVIRONMENT, "job", "ml.g5.48xlarge"
    )
    assert len(request["HyperParameters"]) == 100
    assert problems("sagemaker", "CreateTrainingJob", request) == ""


def test_channels_are_the_splits_that_have_rows_and_the_spec() -> None:
    request = training_request(
        spec_object(data={"rows": {"train": 8, "test": 2, "validation": 0}}),
        ENVIRONMENT,
        "job",
        "ml.a",
    )
    uris = {
        c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"]
        for c in request["InputDataConfig"]
    }
    assert uris == {
        "train": f"s3://data/runs/{RUN}/data/train/",
        "test": f"s3://data/runs/{RUN}/data/test/",
        "spec": f"s3://data/runs/{RUN}/spec.json",
    }


def channels_of(**changes: object) -> dict[str, str]:
    request = training_request(spec_object(**changes), ENVIRONMENT, "job", "ml.a")
    assert problems("sagemaker", "CreateTrainingJob", request) == ""
    result = request["InputDataConfig"]
    return {
        c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"].removeprefix(
            "s3://data/"
        )
        for c in result
    }


def test_a_drops_own_code_is_a_channel() -> None:
    assert channels_of(code=True, hooks=["predict_fn"]) == {
        "train": f"runs/{RUN}/data/train/",
        "test": f"runs/{RUN}/data/test/",
        "spec": f"runs/{RUN}/spec.json",
        "code": f"runs/{RUN}/code/",
    }


def test_a_scripts_folders_are_its_channels() -> None:
    data = {"rows": {}, "channels": ["images", "train.v2"]}
    assert channels_of(task="", script=True, code=True, data=data) == {
        "images": f"runs/{RUN}/data/images/",
        "train.v2": f"runs/{RUN}/data/train.v2/",
        "spec": f"runs/{RUN}/spec.json",
        "code": f"runs/{RUN}/code/",
    }


def test_a_scripts_numbers_are_those_that_trainer_prints() -> None:
    changes = {
        "task": "",
        "script": True,
        "code": True,
        "data": {"rows": {}, "channels": ["train"]},
    }
    request = training_request(spec_object(**changes), ENVIRONMENT, "job", "ml.a")
    result = {
        item["Name"]: item["Regex"]
        for item in request["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert re.findall(result["eval_loss"], "{'eval_loss': 0.25, 'epoch': 1.0}") == [
        "0.25"
    ]
    assert re.findall(result["loss"], "{'loss': '1e-05', 'eval_loss': '0.25'}") == [
        "1e-05"
    ]


def test_spot_waits_as_long_as_the_queue_allows_and_leaves_checkpoints() -> None:
    request = training_request(spec_object(), ENVIRONMENT, "job", "ml.a")
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 86400,
        "MaxWaitTimeInSeconds": 2 * 86400,
    }
    assert request["CheckpointConfig"] == {"S3Uri": f"s3://data/checkpoints/{RUN}/"}


def test_spot_never_waits_longer_than_sagemaker_allows() -> None:
    compute = spec()["compute"] | {"max_runtime_seconds": 28 * 86400}
    request = training_request(spec_object(compute=compute), ENVIRONMENT, "job", "ml.a")
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] == 28 * 86400


def test_on_demand_has_no_wait() -> None:
    request = training_request(
        spec_object(compute=spec()["compute"] | {"spot": False}),
        ENVIRONMENT,
        "job",
        "ml.a",
    )
    assert request["EnableManagedSpotTraining"] is False
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}


def test_everything_is_tagged() -> None:
    request = training_request(spec_object(), ENVIRONMENT, "job", "ml.a")
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]} == {
        "traindrop:stack": "traindrop",
        "traindrop:model": "reviews",
        "traindrop:run": RUN,
    }


@pytest.mark.parametrize("stack", ["traindrop", "a-stack-name-of-thirty-two-chars"])
def test_names_of_later_jobs_fit_and_are_no_other_runs(stack: str) -> None:
    run = "a-model-with-a-long-name-0123456789-2"
    names = {job_name(stack, run, number) for number in range(1, 5)}
    assert len(names) == 4
    assert all(len(name) <= LIMIT for name in names)
    assert job_name(stack, "reviews-ff", 2) != job_name(stack, "reviews-ff-2", 1)


TRAINED = ChampionArchive("reviews-1", "models/reviews-1/job/output/model.tar.gz")


def live_run(**fields: Any) -> RunRecord:
    return MemoryLedger().add("reviews-1", status="live", **fields)


def test_the_live_models_archive_is_a_channel() -> None:
    environment = replace(
        ENVIRONMENT,
        champion=ChampionArchive(
            "reviews-1", "models/reviews-1/job/output/model.tar.gz"
        ),
    )
    request = training_request(spec_object(), environment, "job", "ml.a")
    assert problems("sagemaker", "CreateTrainingJob", request) == ""
    uris = {
        c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"]
        for c in request["InputDataConfig"]
    }
    assert uris["champion"] == "s3://data/models/reviews-1/job/output/model.tar.gz"
    assert request["Environment"]["TRAINDROP_CHAMPION"] == "reviews-1"
    assert "TRAINDROP_CHAMPION_REASON" not in request["Environment"]


def test_a_live_model_of_the_same_task_is_compared_with() -> None:
    key = "models/reviews-1/model.tar.gz"
    archive = StoredVersion(key=key, version_id="v", size=1)
    live = live_run(task="text-classification", archive=archive.write())
    assert champion_archive(live, spec_object()) == ChampionArchive("reviews-1", key)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("translation", "it is of another task, translation"),
        ("", "its task is not known"),
    ],
)
def test_a_live_model_of_another_task_gives_the_job_a_reason_and_no_channel(
    task: str, reason: str
) -> None:
    champion = champion_archive(live_run(task=task), spec_object())
    assert champion == ChampionArchive("reviews-1", reason=reason)
    request = training_request(
        spec_object(), replace(ENVIRONMENT, champion=champion), "job", "ml.a"
    )
    assert problems("sagemaker", "CreateTrainingJob", request) == ""
    assert "champion" not in {
        channel["ChannelName"] for channel in request["InputDataConfig"]
    }
    assert request["Environment"]["TRAINDROP_CHAMPION"] == "reviews-1"
    assert request["Environment"]["TRAINDROP_CHAMPION_REASON"] == reason


def test_before_a_script_or_a_first_model_there_is_no_champion() -> None:
    assert (
        champion_archive(live_run(task=""), spec_object(task="", script=True)) is None
    )
    assert champion_archive(None, spec_object()) is None
