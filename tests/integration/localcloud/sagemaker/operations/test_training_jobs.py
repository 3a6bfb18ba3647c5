from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import TRAINING_IMAGE, Local


def test_a_name_is_taken_for_ever(local: Local) -> None:
    name = local.train("")
    local.finished(name)
    request = local.job(name)
    with pytest.raises(
        ClientError, match="a training job with this name already exists"
    ) as caught:
        local.sagemaker.create_training_job(
            **{
                key: request[key]
                for key in (
                    "TrainingJobName",
                    "RoleArn",
                    "OutputDataConfig",
                    "ResourceConfig",
                )
            },
            AlgorithmSpecification={
                "TrainingImage": TRAINING_IMAGE,
                "TrainingInputMode": "File",
            },
            StoppingCondition=request["StoppingCondition"],
        )
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_job_that_has_ended_can_be_deleted_and_its_name_taken_again(
    own_local: Local,
) -> None:
    local = own_local
    name = local.train("import time; time.sleep(60)")
    with pytest.raises(ClientError, match="is in status InProgress") as caught:
        local.sagemaker.delete_training_job(TrainingJobName=name)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    local.sagemaker.update_training_job(
        TrainingJobName=name, ProfilerConfig={"DisableProfiler": True}
    )
    assert local.job(name)["ProfilerConfig"] == {"DisableProfiler": True}
    local.sagemaker.stop_training_job(TrainingJobName=name)
    local.finished(name)
    with pytest.raises(ClientError, match="in status Stopped"):
        local.sagemaker.update_training_job(
            TrainingJobName=name, ProfilerConfig={"DisableProfiler": False}
        )
    local.sagemaker.delete_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        local.job(name)
    assert local.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert not (local.state / "jobs" / name).exists()


def test_no_job_keeps_its_machine(local: Local) -> None:
    name = local.train("")
    local.finished(name)
    with pytest.raises(ClientError, match="it has no warm pool"):
        local.sagemaker.update_training_job(
            TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 60}
        )
    listed = local.sagemaker.list_training_jobs(WarmPoolStatusEquals="Available")
    assert listed["TrainingJobSummaries"] == []


def test_clients_find_a_key_of_the_output_though_there_is_none(local: Local) -> None:
    job = local.finished(local.train(""))
    assert job["OutputDataConfig"]["KmsKeyId"] == ""


@pytest.mark.parametrize(
    ("source", "mode", "words"),
    [
        ("S3Prefix", "Pipe", "has the input mode Pipe; the local cloud has File"),
        ("AugmentedManifestFile", "File", "has the S3DataType AugmentedManifestFile"),
    ],
)
def test_inputs_that_are_not_here_are_refused(
    local: Local, source: Any, mode: Any, words: str
) -> None:
    where: Any = {"S3DataType": source, "S3Uri": "s3://jobs/none"}
    channel: Any = {
        "ChannelName": "train",
        "InputMode": mode,
        "DataSource": {"S3DataSource": where},
    }
    with pytest.raises(ClientError, match=words):
        local.train("", InputDataConfig=[channel])


def test_a_job_on_several_types_of_machines_is_refused(local: Local) -> None:
    group: Any = {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "InstanceGroupName": "a",
    }
    with pytest.raises(ClientError, match="InstanceGroups needs machines of several"):
        local.train("", ResourceConfig={"InstanceGroups": [group], "VolumeSizeInGB": 5})


def test_a_script_of_transformers_4_runs_in_an_image_of_that_release(
    local: Local,
) -> None:
    image = TRAINING_IMAGE.replace("transformers5.3.0", "transformers4.56.2")
    name = local.train(SCRIPT, image=image)
    job = local.finished(name, 120)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = local.log_lines("/aws/sagemaker/TrainingJobs", name)
    assert "epoch" in lines[-1]


SCRIPT = """
from transformers import TrainingArguments
arguments = TrainingArguments("out", evaluation_strategy="epoch")
print(arguments.eval_strategy.value)
"""
