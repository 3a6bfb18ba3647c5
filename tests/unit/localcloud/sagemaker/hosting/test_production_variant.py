from __future__ import annotations

import pytest

from localcloud.sagemaker.common.errors import DeploymentError
from localcloud.sagemaker.hosting.production_variant import Container, ProductionVariant


def test_a_variant_that_says_little_has_one_instance_and_full_weight() -> None:
    variant = ProductionVariant.from_body({"VariantName": "a", "ModelName": "m"})
    assert variant == ProductionVariant("a", "m", 1.0, 1, None, None)
    assert variant.process_count(2) == 1


def test_there_are_no_more_processes_than_allowed() -> None:
    variant = ProductionVariant.from_body(
        {"VariantName": "a", "ModelName": "m", "InitialInstanceCount": 8}
    )
    assert variant.process_count(2) == 2


def test_the_primary_container_serves() -> None:
    model = {
        "PrimaryContainer": {
            "Image": "i",
            "ModelDataUrl": "s3://b/m.tar.gz",
            "Environment": {"A": "1"},
        }
    }
    assert Container.of_model(model) == Container(
        "i", {"A": "1"}, "s3://b/m.tar.gz", model_is_prefix=False
    )


@pytest.mark.parametrize(
    ("data_type", "is_prefix"), [("S3Prefix", True), ("S3Object", False)]
)
def test_a_model_may_be_a_folder_of_files(data_type: str, is_prefix: bool) -> None:
    source = {"S3DataSource": {"S3Uri": "s3://b/m/", "S3DataType": data_type}}
    container = Container.of_model({"Containers": [{"ModelDataSource": source}]})
    assert (container.model_uri, container.model_is_prefix) == ("s3://b/m/", is_prefix)


def test_a_pipeline_of_containers_is_refused() -> None:
    with pytest.raises(DeploymentError) as caught:
        Container.of_model({"ModelName": "m", "Containers": [{}, {}]})
    assert str(caught.value) == (
        "Expected a model with one container, found 2 in 'm': "
        "the local cloud has no inference pipelines. Put the steps into one container."
    )
