from __future__ import annotations

import pytest
from ministack.services import stepfunctions

from localcloud.engine.sagemaker_tasks import Task, error_name

STATES = "arn:aws:states:::"


@pytest.mark.parametrize(
    ("resource", "task"),
    [
        ("sagemaker:createTrainingJob", Task("CreateTrainingJob")),
        ("sagemaker:createTrainingJob.sync", Task("CreateTrainingJob", is_sync=True)),
        ("sagemaker:createTransformJob.sync", Task("CreateTransformJob", is_sync=True)),
        ("sagemaker:createModel", Task("CreateModel")),
        ("sagemaker:updateEndpoint", Task("UpdateEndpoint")),
        ("aws-sdk:sagemaker:listModels", Task("ListModels", by_sdk=True)),
        ("sqs:sendMessage", None),
    ],
)
def test_a_resource_names_its_operation(resource: str, task: Task | None) -> None:
    assert Task.parse(STATES + resource) == task


@pytest.mark.parametrize(
    "resource",
    [
        "sagemaker:createModel.sync",
        "sagemaker:createTrainingJob.waitForTaskToken",
        "sagemaker:describeModel",
        "aws-sdk:sagemaker:createTrainingJob.sync",
    ],
)
def test_what_step_functions_does_not_have_is_refused(resource: str) -> None:
    with pytest.raises(stepfunctions._ExecutionError):
        Task.parse(STATES + resource)


def test_errors_are_named_as_step_functions_names_them() -> None:
    task, by_sdk = Task("CreateModel"), Task("CreateModel", by_sdk=True)
    assert error_name(task, "ResourceInUse") == "SageMaker.ResourceInUseException"
    assert (
        error_name(task, "ValidationException") == "SageMaker.AmazonSageMakerException"
    )
    assert error_name(by_sdk, "ValidationException") == "SageMaker.SageMakerException"
