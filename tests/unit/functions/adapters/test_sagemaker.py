from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.adapters.errors import RefusedError
from functions.adapters.sagemaker import (
    EndpointBusyError,
    ForeignResourceError,
    InstanceRefusedError,
    SageMaker,
)
from functions.common.tags import Kind, Tags
from tests.unit.functions.adapters.stubs import StubbedClient

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint-config/traindrop--x"


TRANSFORM = {
    "TransformJobName": "traindrop--batch-a",
    "ModelName": "traindrop--batch-a",
    "TransformInput": {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}}
    },
    "TransformOutput": {"S3OutputPath": "s3://b/out"},
    "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
}
OWNER = {"traindrop:stack": "traindrop", "traindrop:model": "reviews"}


class OwnSageMaker(SageMaker):
    """Everything in it belongs to whoever asks."""

    def check_owner(self, kind: Kind, name: str, owner: Tags) -> None:
        return


@pytest.fixture
def sagemaker() -> Iterator[StubbedClient]:
    stubbed = StubbedClient("sagemaker")
    yield stubbed
    stubbed.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", 'Could not find endpoint "arn:aws:sagemaker:x".'),
        ("ValidationException", "Requested resource not found."),
        ("ResourceNotFound", "gone"),
    ],
)
def test_what_is_missing_is_none(
    sagemaker: StubbedClient, code: str, message: str
) -> None:
    sagemaker.refuses("describe_endpoint", code, message)
    assert SageMaker(sagemaker.client).endpoint("x") is None


def test_another_validation_error_is_raised(sagemaker: StubbedClient) -> None:
    sagemaker.refuses(
        "describe_endpoint",
        "ValidationException",
        "1 validation error detected: Value 'ü' at name",
    )
    with pytest.raises(RefusedError, match="1 validation error"):
        SageMaker(sagemaker.client).endpoint("ü")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceInUse", "Job name must be unique within an AWS account and region"),
        ("ValidationException", "Cannot create already existing training job"),
    ],
)
def test_a_name_that_is_taken_is_false(
    sagemaker: StubbedClient, code: str, message: str
) -> None:
    sagemaker.refuses("create_training_job", code, message)
    request = {
        "TrainingJobName": "j",
        "RoleArn": "r" * 20,
        "OutputDataConfig": {"S3OutputPath": "s3://b/p"},
    }
    assert SageMaker(sagemaker.client).create_job(request) is False


def test_a_full_quota_is_a_refusal(sagemaker: StubbedClient) -> None:
    sagemaker.refuses("create_training_job", "ResourceLimitExceeded", "is 0 Instances")
    request = {
        "TrainingJobName": "j",
        "RoleArn": "r" * 20,
        "OutputDataConfig": {"S3OutputPath": "s3://b/p"},
    }
    with pytest.raises(InstanceRefusedError, match="is 0 Instances"):
        SageMaker(sagemaker.client).create_job(request)


@pytest.mark.parametrize(
    "message",
    [
        'Cannot create already existing endpoint "arn".',
        'Could not find endpoint configuration "arn".',
    ],
)
def test_an_endpoint_that_cannot_be_created_yet_is_busy(
    sagemaker: StubbedClient, message: str
) -> None:
    sagemaker.refuses("create_endpoint", "ValidationException", message)
    with pytest.raises(EndpointBusyError):
        SageMaker(sagemaker.client).create_endpoint("e", "c", {"traindrop:stack": "s"})


def test_an_endpoint_that_is_updating_is_busy(sagemaker: StubbedClient) -> None:
    sagemaker.refuses(
        "update_endpoint",
        "ValidationException",
        'Cannot update in-progress endpoint "arn".',
    )
    adapter = OwnSageMaker(sagemaker.client)
    with pytest.raises(EndpointBusyError, match="Cannot update in-progress endpoint"):
        adapter.update_endpoint("e", "c", OWNER)


def test_deleting_what_is_gone_is_false_and_what_is_busy_raises(
    sagemaker: StubbedClient,
) -> None:
    adapter = OwnSageMaker(sagemaker.client)
    sagemaker.refuses(
        "delete_model", "ValidationException", 'Could not find model "arn".'
    )
    assert adapter.delete("model", "m", OWNER) is False
    sagemaker.refuses(
        "delete_endpoint", "ValidationException", "Cannot update in-progress endpoint"
    )
    with pytest.raises(EndpointBusyError):
        adapter.delete("endpoint", "e", OWNER)
    sagemaker.answers("delete_endpoint_config", {}, {"EndpointConfigName": "c"})
    assert adapter.delete("endpoint-config", "c", OWNER) is True


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_endpoint_of_another_model_is_never_changed(
    change: str, sagemaker: StubbedClient
) -> None:
    arn = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/e"
    description = {
        "EndpointName": "e",
        "EndpointArn": arn,
        "EndpointStatus": "InService",
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }
    sagemaker.answers("describe_endpoint", description, {"EndpointName": "e"})
    other = [
        {"Key": "traindrop:stack", "Value": "traindrop"},
        {"Key": "traindrop:model", "Value": "films"},
    ]
    sagemaker.answers("list_tags", {"Tags": other}, {"ResourceArn": arn})
    adapter = SageMaker(sagemaker.client)
    with pytest.raises(ForeignResourceError) as foreign:
        if change == "update":
            adapter.update_endpoint("e", "c", OWNER)
        else:
            adapter.delete("endpoint", "e", OWNER)
    assert str(foreign.value) == (
        "expected the endpoint 'e' to be of the stack 'traindrop' and the model 'reviews'; "
        "found it of the stack 'traindrop' and the model 'films'. "
        "Rename the model, or remove what has its name."
    )


def test_only_a_running_job_is_stopped(sagemaker: StubbedClient) -> None:
    sagemaker.refuses(
        "describe_training_job", "ValidationException", "Requested resource not found."
    )
    assert SageMaker(sagemaker.client).stop_job("j") is False


def test_owned_is_what_begins_with_the_prefix_and_carries_the_tags(
    sagemaker: StubbedClient,
) -> None:
    names = ("traindrop--x", "other-traindrop--x", "traindrop--y")
    configs = [
        {"EndpointConfigName": n, "EndpointConfigArn": ARN, "CreationTime": 0}
        for n in names
    ]
    sagemaker.answers(
        "list_endpoint_configs",
        {"EndpointConfigs": configs},
        {"NameContains": "traindrop-"},
    )
    own = [
        {"Key": "traindrop:stack", "Value": "traindrop"},
        {"Key": "team", "Value": "a"},
    ]
    sagemaker.answers("list_tags", {"Tags": own}, {"ResourceArn": ARN})
    sagemaker.answers("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    result = SageMaker(sagemaker.client).owned(
        "endpoint-config", "traindrop-", {"traindrop:stack": "traindrop"}
    )
    assert [item.name for item in result] == ["traindrop--x"]


def test_a_transform_job_that_exists_is_not_made_again(
    sagemaker: StubbedClient,
) -> None:
    sagemaker.refuses("create_transform_job", "ResourceInUse", "already exists")
    assert not SageMaker(sagemaker.client).create_transform(TRANSFORM)


def test_a_transform_job_without_an_instance_is_told_apart(
    sagemaker: StubbedClient,
) -> None:
    sagemaker.refuses("create_transform_job", "ResourceLimitExceeded", "a full quota")
    with pytest.raises(InstanceRefusedError, match="a full quota"):
        SageMaker(sagemaker.client).create_transform(TRANSFORM)


def test_a_transform_job_that_is_not_there_is_none(sagemaker: StubbedClient) -> None:
    missing = ("ResourceNotFound", "Requested resource not found.")
    for _ in range(2):
        sagemaker.refuses("describe_transform_job", *missing)
    assert SageMaker(sagemaker.client).transform("j") is None
    assert not SageMaker(sagemaker.client).stop_transform("j")


def test_running_transform_jobs_are_those_of_the_stack(
    sagemaker: StubbedClient,
) -> None:
    arn = "arn:aws:sagemaker:eu-central-1:123456789012:transform-job/"
    summaries = [
        {
            "TransformJobName": name,
            "TransformJobArn": f"{arn}{name}",
            "CreationTime": 0,
            "TransformJobStatus": "InProgress",
        }
        for name in ("traindrop--batch-a", "traindrop--batch-b", "x-traindrop--c")
    ]
    sagemaker.answers("list_transform_jobs", {"TransformJobSummaries": summaries})
    for stack in ("traindrop", "another"):
        tags = [{"Key": "traindrop:stack", "Value": stack}]
        sagemaker.answers("list_tags", {"Tags": tags})
    running = SageMaker(sagemaker.client).transforms_in_progress(
        "traindrop--", {"traindrop:stack": "traindrop"}
    )
    assert running == ["traindrop--batch-a"]
