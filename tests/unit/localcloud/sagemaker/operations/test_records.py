from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.operations import records
from localcloud.sagemaker.operations.base import SageMaker
from tests.unit.localcloud.sagemaker.operations.sagemakers import records_only


@pytest.fixture
def sagemaker(tmp_path: Path) -> Iterator[SageMaker]:
    with records_only(tmp_path) as records_of_folder:
        yield records_of_folder


def make_model(sagemaker: SageMaker) -> str:
    """Returns its ARN."""
    return str(
        records.create_model(
            sagemaker,
            {
                "ModelName": "m",
                "ExecutionRoleArn": "arn:aws:iam::000000000000:role/r",
                "PrimaryContainer": {"Image": "i"},
            },
        )["ModelArn"]
    )


def test_a_model_needs_a_container(sagemaker: SageMaker) -> None:
    with pytest.raises(
        ValidationError, match="Expected PrimaryContainer or Containers, found neither"
    ):
        records.create_model(sagemaker, {"ModelName": "m"})


def test_a_config_names_models_that_there_are(sagemaker: SageMaker) -> None:
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    variant = {"VariantName": "a", "ModelName": "m", "ServerlessConfig": serverless}
    request = {"EndpointConfigName": "c", "ProductionVariants": [variant]}
    with pytest.raises(ValidationError, match="Could not find model"):
        records.create_endpoint_config(sagemaker, request)
    make_model(sagemaker)
    records.create_endpoint_config(sagemaker, request)
    assert records.describe_endpoint_config(sagemaker, request)[
        "ProductionVariants"
    ] == [variant]


def test_tags_are_added_listed_and_deleted_by_arn_in_any_case(
    sagemaker: SageMaker,
) -> None:
    arn = make_model(sagemaker)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert records.add_tags(sagemaker, {"ResourceArn": arn.upper(), "Tags": tags}) == {
        "Tags": tags
    }
    records.delete_tags(sagemaker, {"ResourceArn": arn, "TagKeys": ["a"]})
    assert records.list_tags(sagemaker, {"ResourceArn": arn})["Tags"] == tags[1:]


def test_more_than_fifty_tags_are_refused_and_none_is_kept(
    sagemaker: SageMaker,
) -> None:
    arn = make_model(sagemaker)
    tags = [{"Key": str(number), "Value": ""} for number in range(51)]
    with pytest.raises(
        ValidationError, match="Expected at most 50 tags on a resource, found 51"
    ):
        records.add_tags(sagemaker, {"ResourceArn": arn, "Tags": tags})
    assert records.list_tags(sagemaker, {"ResourceArn": arn})["Tags"] == []


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:sagemaker:us-east-1:000000000000:model/none", "arn:aws:s3:::bucket"],
)
def test_tags_of_a_resource_that_is_not_there_are_refused(
    sagemaker: SageMaker, arn: str
) -> None:
    with pytest.raises(ValidationError, match=f'Could not find resource "{arn}"'):
        records.list_tags(sagemaker, {"ResourceArn": arn})
