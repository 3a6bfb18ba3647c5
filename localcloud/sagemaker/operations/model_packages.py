"""Operations of the model registry: groups of model packages, and packages, which models may be made of.

Records only: nothing is validated or scanned, so that a package is `Completed` at once.
"""

from __future__ import annotations

import time
from typing import Any

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import (
    MODEL_PACKAGE,
    MODEL_PACKAGE_GROUP,
    Body,
    MissingError,
)
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response, SageMaker

_COMPLETED = "Completed"
_NEXT_VERSION = "NextVersion"
"""Of a group: a version number is not used again after its package was deleted."""
_UPDATED_FIELDS = (
    "ModelApprovalStatus",
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)


# ---- groups --------------------------------------------------------------------------------------------------------


def create_model_package_group(sagemaker: SageMaker, request: Request) -> Response:
    body = base.new_body(sagemaker, MODEL_PACKAGE_GROUP, request)
    body |= {"ModelPackageGroupStatus": _COMPLETED, "CreatedBy": {}, _NEXT_VERSION: 1}
    return base.insert(sagemaker, MODEL_PACKAGE_GROUP, body, request)


def describe_model_package_group(sagemaker: SageMaker, request: Request) -> Response:
    return base.find(sagemaker, MODEL_PACKAGE_GROUP, _group_name(request))


def list_model_package_groups(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages."""
    result = "ModelPackageGroupSummaryList"
    return base.list_page(sagemaker, MODEL_PACKAGE_GROUP, request, result)


def delete_model_package_group(sagemaker: SageMaker, request: Request) -> Response:
    """Refused while it has packages. The text of AWS's refusal was not seen."""
    name = _group_name(request)
    with sagemaker.store.transaction():
        base.find(sagemaker, MODEL_PACKAGE_GROUP, name)
        if _packages_of(sagemaker, name):
            raise ValidationError(
                f"Expected a model package group without model packages, found some in {name!r}. Delete them first."
            )
        return base.delete(
            sagemaker, MODEL_PACKAGE_GROUP, {"ModelPackageGroupName": name}
        )


def _group_name(request: Request) -> str:
    """From a name or an ARN."""
    return str(request["ModelPackageGroupName"]).rpartition("/")[2]


def _packages_of(sagemaker: SageMaker, group: str) -> list[Body]:
    packages = sagemaker.store.all(MODEL_PACKAGE)
    return [body for body in packages if body.get("ModelPackageGroupName") == group]


# ---- packages ------------------------------------------------------------------------------------------------------


def create_model_package(sagemaker: SageMaker, request: Request) -> Response:
    """The next version of a group, or a package with a name of its own. Nothing is validated or scanned."""
    names = {"ModelPackageName", "ModelPackageGroupName"} & request.keys()
    if len(names) != 1:
        raise ValidationError(
            "Expected a ModelPackageGroupName, for the next version of the group, or a ModelPackageName; found "
            f"{'both' if names else 'neither'}."
        )
    for field in ("ValidationSpecification", "SourceAlgorithmSpecification"):
        if field in request:
            raise ValidationError(
                f"The local cloud does not have {field}: no package is validated. Leave it out."
            )
    with sagemaker.store.transaction():
        if "ModelPackageName" in request:
            body = base.new_body(sagemaker, MODEL_PACKAGE, request)
        else:
            body = _new_version(sagemaker, _group_name(request), request)
        body |= {
            "ModelPackageStatus": _COMPLETED,
            "ModelPackageStatusDetails": {
                "ValidationStatuses": [],
                "ImageScanStatuses": [],
            },
            "CertifyForMarketplace": bool(request.get("CertifyForMarketplace")),
            "CreatedBy": {},
        }
        return base.insert(sagemaker, MODEL_PACKAGE, body, request)


def _new_version(sagemaker: SageMaker, group: str, request: Request) -> Body:
    base.find(sagemaker, MODEL_PACKAGE_GROUP, group)
    changed = sagemaker.store.change(MODEL_PACKAGE_GROUP, group, _take_version)
    version = changed[_NEXT_VERSION] - 1
    named = request | {
        "ModelPackageGroupName": group,
        "ModelPackageName": f"{group}/{version}",
    }
    body = base.new_body(sagemaker, MODEL_PACKAGE, named)
    body["ModelPackageVersion"] = version
    body.setdefault("ModelApprovalStatus", "PendingManualApproval")
    return body


def _take_version(group: Body) -> None:
    group[_NEXT_VERSION] += 1


def describe_model_package(sagemaker: SageMaker, request: Request) -> Response:
    """By ARN, or by the name of a package without a group."""
    body = find_package(sagemaker, request["ModelPackageName"])
    body["LastModifiedBy"] = {}
    return _shown(body)


def batch_describe_model_package(sagemaker: SageMaker, request: Request) -> Response:
    packages: dict[str, Body] = {}
    errors: dict[str, Any] = {}
    for arn in request["ModelPackageArnList"]:
        try:
            packages[arn] = _shown(find_package(sagemaker, arn))
        except ValidationError as error:
            errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {
        "ModelPackageSummaries": packages,
        "BatchDescribeModelPackageErrorMap": errors,
    }


def update_model_package(sagemaker: SageMaker, request: Request) -> Response:
    """Approval, description, card and properties."""
    name = package_name(request["ModelPackageArn"])
    find_package(sagemaker, name)

    def edit(body: Body) -> None:
        body.update({key: request[key] for key in _UPDATED_FIELDS if key in request})
        properties = body.get("CustomerMetadataProperties", {})
        properties |= request.get("CustomerMetadataProperties", {})
        for key in request.get("CustomerMetadataPropertiesToRemove", []):
            properties.pop(key, None)
        if properties:
            body["CustomerMetadataProperties"] = properties
        more = request.get("AdditionalInferenceSpecificationsToAdd", [])
        if more:
            field = "AdditionalInferenceSpecifications"
            body[field] = [*body.get(field, []), *more]
        body["LastModifiedTime"] = time.time()

    changed = sagemaker.store.change(MODEL_PACKAGE, name, edit)
    return {"ModelPackageArn": changed["ModelPackageArn"]}


def delete_model_package(sagemaker: SageMaker, request: Request) -> Response:
    """Models that were made of it stay."""
    name = package_name(request["ModelPackageName"])
    return base.delete(sagemaker, MODEL_PACKAGE, {"ModelPackageName": name})


def list_model_packages(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages: the versions of a group, or, without one, packages without a group."""
    page = base.list_page(
        sagemaker,
        MODEL_PACKAGE,
        request,
        "ModelPackageSummaryList",
        is_wanted=lambda body: _is_wanted(request, body),
    )
    bodies = page["ModelPackageSummaryList"]
    return page | {"ModelPackageSummaryList": [_shown(body) for body in bodies]}


def _is_wanted(request: Request, body: Body) -> bool:
    group, is_versioned = body.get("ModelPackageGroupName"), _is_versioned(body)
    if "ModelPackageGroupName" in request and group != _group_name(request):
        return False
    approval = request.get("ModelApprovalStatus")
    if approval and body.get("ModelApprovalStatus") != approval:
        return False
    default = "Versioned" if "ModelPackageGroupName" in request else "Unversioned"
    package_type = request.get("ModelPackageType", default)
    return package_type in ("Both", "Versioned" if is_versioned else "Unversioned")


# ---- names ---------------------------------------------------------------------------------------------------------


def package_name(name_or_arn: str) -> str:
    """`group/1`, or the name of a package without a group."""
    return name_or_arn.rpartition(f":{MODEL_PACKAGE.key}/")[2]


def find_package(sagemaker: SageMaker, name_or_arn: str) -> Body:
    """Raises `ValidationError` where there is none. The text of AWS's refusal was not seen."""
    name = package_name(name_or_arn)
    try:
        return sagemaker.store.get(MODEL_PACKAGE, name)
    except MissingError as error:
        arn = sagemaker.settings.arn(MODEL_PACKAGE.key, name)
        raise ValidationError(f"ModelPackage {arn} does not exist.") from error


def containers_of_package(sagemaker: SageMaker, container: Body) -> list[Body]:
    """The containers of the package that a model's container names, with that container's variables too."""
    package = find_package(sagemaker, container["ModelPackageName"])
    containers = package.get("InferenceSpecification", {}).get("Containers", [])
    if not containers:
        raise ValidationError(
            f"Expected an InferenceSpecification with containers in {package['ModelPackageArn']}, found none."
        )
    variables = container.get("Environment", {})
    return [
        item | {"Environment": item.get("Environment", {}) | variables}
        for item in containers
    ]


def _is_versioned(body: Body) -> bool:
    return "ModelPackageVersion" in body


def _shown(body: Body) -> Body:
    """As AWS shows a version: by its group and its number, without a name."""
    if not _is_versioned(body):
        return body
    return {name: value for name, value in body.items() if name != "ModelPackageName"}
