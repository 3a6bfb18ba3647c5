from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import ROLE, SERVER_IMAGE, Local


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def make_models(local: Local, *names: str) -> None:
    for name in names:
        local.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": SERVER_IMAGE},
        )


def test_a_model_is_described_as_it_was_made_without_absent_fields(
    local: Local,
) -> None:
    make_models(local, "described")
    model: Any = local.sagemaker.describe_model(ModelName="described")
    del model["ResponseMetadata"]
    created = model.pop("CreationTime")
    assert created.tzinfo
    assert model == {
        "ModelName": "described",
        "ModelArn": "arn:aws:sagemaker:us-east-1:000000000000:model/described",
        "PrimaryContainer": {"Image": SERVER_IMAGE},
        "ExecutionRoleArn": ROLE,
        "EnableNetworkIsolation": False,
    }


def test_missing_resources_are_validation_exceptions(local: Local) -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000"
    calls: list[tuple[Any, dict[str, Any], str]] = [
        (
            local.sagemaker.describe_model,
            {"ModelName": "no"},
            f'Could not find model "{arn}:model/no".',
        ),
        (
            local.sagemaker.delete_model,
            {"ModelName": "no"},
            f'Could not find model "{arn}:model/no".',
        ),
        (
            local.sagemaker.describe_endpoint_config,
            {"EndpointConfigName": "no"},
            f'Could not find endpoint configuration "{arn}:endpoint-config/no".',
        ),
        (
            local.sagemaker.describe_endpoint,
            {"EndpointName": "no"},
            f'Could not find endpoint "{arn}:endpoint/no".',
        ),
        (
            local.sagemaker.delete_endpoint,
            {"EndpointName": "no"},
            f'Could not find endpoint "{arn}:endpoint/no".',
        ),
        (
            local.sagemaker.update_endpoint,
            {"EndpointName": "no", "EndpointConfigName": "no"},
            f'Could not find endpoint "{arn}:endpoint/no".',
        ),
        (
            local.sagemaker.create_endpoint,
            {"EndpointName": "no", "EndpointConfigName": "no"},
            f'Could not find endpoint configuration "{arn}:endpoint-config/no".',
        ),
        (
            local.sagemaker.describe_training_job,
            {"TrainingJobName": "no"},
            "Requested resource not found.",
        ),
        (
            local.sagemaker.stop_training_job,
            {"TrainingJobName": "no"},
            "Requested resource not found.",
        ),
    ]
    for call, request, message in calls:
        with pytest.raises(ClientError) as caught:
            call(**request)
        assert error_of(caught) == ("ValidationException", message)


def test_duplicates_are_validation_exceptions(local: Local) -> None:
    config = local.make_config("one")
    with pytest.raises(ClientError) as caught:
        make_models(local, config)
    arn = "arn:aws:sagemaker:us-east-1:000000000000"
    assert error_of(caught) == (
        "ValidationException",
        f'Cannot create already existing model "{arn}:model/{config}".',
    )
    variant: Any = {
        "VariantName": "AllTraffic",
        "ModelName": config,
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 1,
    }
    with pytest.raises(ClientError) as caught:
        local.sagemaker.create_endpoint_config(
            EndpointConfigName=config, ProductionVariants=[variant]
        )
    message = f'Cannot create already existing endpoint configuration "{arn}:endpoint-config/{config}".'
    assert error_of(caught) == ("ValidationException", message)
    name = local.serve()
    with pytest.raises(ClientError) as caught:
        local.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    message = f'Cannot create already existing endpoint "{arn}:endpoint/{name}".'
    assert error_of(caught) == ("ValidationException", message)


def test_lists_filter_sort_and_page(local: Local) -> None:
    make_models(local, "list-b", "list-c", "list-a")
    first = local.sagemaker.list_models(
        NameContains="LIST-", SortBy="Name", SortOrder="Ascending", MaxResults=2
    )
    assert [model["ModelName"] for model in first["Models"]] == ["list-a", "list-b"]
    second = local.sagemaker.list_models(
        NameContains="list-",
        SortBy="Name",
        SortOrder="Ascending",
        MaxResults=2,
        NextToken=first["NextToken"],
    )
    assert [model["ModelName"] for model in second["Models"]] == ["list-c"]
    assert "NextToken" not in second
    newest = local.sagemaker.list_models(NameContains="list-")["Models"]
    assert [model["ModelName"] for model in newest] == ["list-a", "list-c", "list-b"]
    after = local.sagemaker.list_models(
        NameContains="list-", CreationTimeAfter=newest[-1]["CreationTime"]
    )["Models"]
    assert {model["ModelName"] for model in after} >= {"list-a"}
    assert sorted(newest[0]) == ["CreationTime", "ModelArn", "ModelName"]


def test_tags_are_kept_changed_and_gone_with_their_resource(local: Local) -> None:
    tags: Any = [
        {"Key": "traindrop:stack", "Value": "s"},
        {"Key": "traindrop:model", "Value": "größe + 1"},
    ]
    container: Any = {"Image": SERVER_IMAGE}
    arn = local.sagemaker.create_model(
        ModelName="tagged", ExecutionRoleArn=ROLE, PrimaryContainer=container, Tags=tags
    )["ModelArn"]
    assert local.sagemaker.list_tags(ResourceArn=arn)["Tags"] == sorted(
        tags, key=lambda tag: tag["Key"]
    )
    local.sagemaker.add_tags(
        ResourceArn=arn, Tags=[{"Key": "traindrop:stack", "Value": "t"}]
    )
    local.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["traindrop:model"])
    assert local.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "traindrop:stack", "Value": "t"}
    ]
    local.sagemaker.delete_model(ModelName="tagged")
    with pytest.raises(ClientError, match=f'Could not find resource "{arn}"'):
        local.sagemaker.list_tags(ResourceArn=arn)


def post(local: Local, target: str, body: bytes) -> tuple[int, dict[str, str]]:
    """A request as no SDK would send it."""
    request = local.request("/", body, {"X-Amz-Target": target})
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_a_malformed_request_says_what_is_wrong(local: Local) -> None:
    status, error = post(local, "SageMaker.CreateModel", b"[1]")
    assert (status, error["__type"]) == (400, "ValidationException")
    assert error["message"] == "CreateModel takes a JSON object, found list."
    status, error = post(local, "SageMaker.DescribeModel", b"{}")
    assert error["message"] == 'Missing required parameter in input: "ModelName"'
    status, error = post(local, "SageMaker.DescribeModel", b"{")
    assert error["message"].startswith(
        "Expected a JSON object as the body of the request"
    )


def test_an_operation_that_is_not_here_is_named(local: Local) -> None:
    with pytest.raises(
        ClientError,
        match=r"The local cloud does not have SageMaker's DescribePipeline\. docs/local-sagemaker\.md lists",
    ):
        local.sagemaker.describe_pipeline(PipelineName="p")
    status, error = post(local, "SageMaker.MakeCoffee", b"{}")
    assert (status, error["message"]) == (
        400,
        "SageMaker has no operation 'MakeCoffee'.",
    )


def test_there_is_nothing_of_a_kind_that_is_not_here(local: Local) -> None:
    assert local.sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert (
        local.sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=5)[
            "HyperParameterTuningJobSummaries"
        ]
        == []
    )
