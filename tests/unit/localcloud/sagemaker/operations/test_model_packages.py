from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import MODEL
from localcloud.sagemaker.hosting.production_variant import Container
from localcloud.sagemaker.operations import model_packages as packages
from localcloud.sagemaker.operations import records
from localcloud.sagemaker.operations.base import SageMaker
from localcloud.sagemaker.service_model import ServiceModel
from tests.unit.localcloud.sagemaker.operations.sagemakers import records_only

GROUP = {"ModelPackageGroupName": "reviews"}
SPECIFICATION = {
    "Containers": [
        {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}
    ],
    "SupportedContentTypes": ["application/json"],
    "SupportedResponseMIMETypes": ["application/json"],
}


@pytest.fixture
def sagemaker(tmp_path: Path) -> Iterator[SageMaker]:
    with records_only(tmp_path) as records_of_folder:
        packages.create_model_package_group(records_of_folder, GROUP)
        yield records_of_folder


def register(sagemaker: SageMaker, **more: Any) -> str:
    """Returns the ARN of the next version."""
    request = GROUP | {"InferenceSpecification": SPECIFICATION} | more
    return str(packages.create_model_package(sagemaker, request)["ModelPackageArn"])


def describe(sagemaker: SageMaker, arn: str) -> dict[str, Any]:
    answer = packages.describe_model_package(sagemaker, {"ModelPackageName": arn})
    return ServiceModel().trim("DescribeModelPackage", answer)


def test_versions_of_a_group_are_numbered_and_wait_for_approval(
    sagemaker: SageMaker,
) -> None:
    first, second = register(sagemaker), register(sagemaker)
    assert first.endswith(":model-package/reviews/1")
    package = describe(sagemaker, second)
    assert (package["ModelPackageVersion"], package["ModelApprovalStatus"]) == (
        2,
        "PendingManualApproval",
    )
    assert package["ModelPackageStatus"] == "Completed"
    assert "ModelPackageName" not in package


def test_a_number_is_not_given_again(sagemaker: SageMaker) -> None:
    packages.delete_model_package(sagemaker, {"ModelPackageName": register(sagemaker)})
    assert register(sagemaker).endswith("/2")


def test_a_version_is_approved(sagemaker: SageMaker) -> None:
    arn = register(sagemaker)
    update = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
    packages.update_model_package(sagemaker, update)
    register(sagemaker)
    listed = packages.list_model_packages(
        sagemaker, GROUP | {"ModelApprovalStatus": "Approved"}
    )["ModelPackageSummaryList"]
    assert [item["ModelPackageArn"] for item in listed] == [arn]


def test_lists_are_of_a_group_or_of_packages_without_one(sagemaker: SageMaker) -> None:
    register(sagemaker)
    alone = {"ModelPackageName": "alone", "InferenceSpecification": SPECIFICATION}
    packages.create_model_package(sagemaker, alone)
    field = "ModelPackageSummaryList"
    assert len(packages.list_model_packages(sagemaker, GROUP)[field]) == 1
    (package,) = packages.list_model_packages(sagemaker, {})[field]
    assert package["ModelPackageName"] == "alone"
    both = {"ModelPackageType": "Both"}
    assert len(packages.list_model_packages(sagemaker, both)[field]) == 2


@pytest.mark.parametrize(
    "names", [{}, GROUP | {"ModelPackageName": "a"}], ids=["neither", "both"]
)
def test_a_package_has_a_group_or_a_name(
    sagemaker: SageMaker, names: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match="Expected a ModelPackageGroupName"):
        packages.create_model_package(sagemaker, names)


def test_a_group_with_packages_stays(sagemaker: SageMaker) -> None:
    arn = register(sagemaker)
    with pytest.raises(ValidationError, match="Delete them first"):
        packages.delete_model_package_group(sagemaker, GROUP)
    packages.delete_model_package(sagemaker, {"ModelPackageName": arn})
    packages.delete_model_package_group(sagemaker, GROUP)
    with pytest.raises(ValidationError, match="Could not find model package group"):
        packages.describe_model_package_group(sagemaker, GROUP)


def test_a_model_of_a_package_serves_its_container_also_after_it_is_deleted(
    sagemaker: SageMaker,
) -> None:
    arn = register(sagemaker)
    container = {"ModelPackageName": arn, "Environment": {"B": "2"}}
    request = {
        "ModelName": "m",
        "ExecutionRoleArn": "arn:aws:iam::000000000000:role/r",
        "PrimaryContainer": container,
    }
    records.create_model(sagemaker, request)
    packages.delete_model_package(sagemaker, {"ModelPackageName": arn})
    served = Container.of_model(sagemaker.store.get(MODEL, "m"))
    assert (served.image, served.model_uri) == ("i", "s3://b/m.tar.gz")
    assert served.environment == {"A": "1", "B": "2"}
    answer = records.describe_model(sagemaker, {"ModelName": "m"})
    shown = ServiceModel().trim("DescribeModel", answer)
    assert shown["PrimaryContainer"] == container
    assert "PackageContainers" not in shown


def test_a_missing_package_is_named(sagemaker: SageMaker) -> None:
    with pytest.raises(ValidationError, match=r"model-package/reviews/9 does not"):
        describe(sagemaker, "reviews/9")
