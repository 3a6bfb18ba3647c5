from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.common.errors import UnknownOperationError, ValidationError
from localcloud.sagemaker.control import OPERATIONS
from localcloud.sagemaker.service_model import ServiceModel

MODEL = ServiceModel()
ROLE = "arn:aws:iam::000000000000:role/r"
JOB: dict[str, Any] = {
    "TrainingJobName": "j",
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://b/o"},
}


def refusal(operation: str, request: object) -> str:
    with pytest.raises(ValidationError) as caught:
        MODEL.validate(operation, request)
    return caught.value.message


def test_a_valid_request_passes_unchanged() -> None:
    assert MODEL.validate("CreateTrainingJob", JOB) == JOB


@pytest.mark.parametrize("name", ["a_b", "a.b", "-a", "a-"])
def test_names_follow_the_pattern(name: str) -> None:
    assert refusal("CreateTrainingJob", JOB | {"TrainingJobName": name}) == (
        f"1 validation error detected: Value '{name}' at 'trainingJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_names_have_at_most_63_characters() -> None:
    message = refusal("CreateTrainingJob", JOB | {"TrainingJobName": "a" * 64})
    assert message.endswith("Member must have length less than or equal to 63")


def test_every_problem_is_named() -> None:
    request = JOB | {
        "OutputDataConfig": {"S3OutputPath": "ftp:b", "CompressionType": "ZIP"}
    }
    message = refusal("CreateTrainingJob", request)
    assert message.startswith("2 validation errors detected: ")
    assert "at 'outputDataConfig.s3OutputPath' failed" in message
    assert "Member must satisfy enum value set: [GZIP, NONE]" in message


def test_values_below_a_minimum_are_refused() -> None:
    message = refusal(
        "CreateTrainingJob", JOB | {"StoppingCondition": {"MaxRuntimeInSeconds": 0}}
    )
    assert "MaxRuntimeInSeconds" in message


def test_missing_unknown_and_mistyped_members_are_refused() -> None:
    assert 'Missing required parameter in input: "RoleArn"' in refusal(
        "CreateTrainingJob", {"TrainingJobName": "j"}
    )
    assert 'Unknown parameter in input: "Nonsense"' in refusal(
        "CreateTrainingJob", JOB | {"Nonsense": 1}
    )
    assert "Invalid type for parameter TrainingJobName" in refusal(
        "CreateTrainingJob", JOB | {"TrainingJobName": 1}
    )


def test_patterns_that_only_java_reads_are_let_pass() -> None:
    request = {
        "ResourceArn": "arn:aws:sagemaker:us-east-1:000000000000:model/m",
        "Tags": [{"Key": "größe", "Value": "ü + 1"}],
    }
    assert MODEL.validate("AddTags", request) == request


def test_an_answer_holds_only_what_the_operation_may_answer() -> None:
    body = {
        "ModelName": "m",
        "ModelArn": "a",
        "CreationTime": 1.0,
        "PrimaryContainer": {"Image": "i", "X": 1},
    }
    assert MODEL.trim("ListModels", {"Models": [body], "NextToken": None}) == {
        "Models": [{"ModelName": "m", "ModelArn": "a", "CreationTime": 1.0}]
    }
    assert MODEL.trim("DescribeModel", body)["PrimaryContainer"] == {"Image": "i"}
    assert MODEL.trim("DeleteModel", {"anything": 1}) == {}


def test_every_operation_of_the_registry_is_sagemakers() -> None:
    for name in OPERATIONS:
        assert MODEL.operation(name).name == name
    with pytest.raises(
        UnknownOperationError, match="SageMaker has no operation 'MakeCoffee'"
    ):
        MODEL.operation("MakeCoffee")


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("ListPipelines", "PipelineSummaries"),
        ("ListStageDevices", None),
        ("DescribePipeline", None),
    ],
)
def test_lists_of_all_of_an_account_name_the_field_of_the_resources(
    operation: str, field: str | None
) -> None:
    assert MODEL.list_field(operation) == field
