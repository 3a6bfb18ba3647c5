"""Operations that change records only: models, endpoint configurations, and the tags of any resource."""

from __future__ import annotations

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    MODEL_PACKAGE,
    MODEL_PACKAGE_GROUP,
    TRAINING_JOB,
    TRANSFORM_JOB,
    Body,
)
from localcloud.sagemaker.hosting.production_variant import (
    PACKAGE_CONTAINERS,
    container_bodies,
)
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response, SageMaker
from localcloud.sagemaker.operations.hosting_checks import (
    check_endpoint_config,
    check_model,
)
from localcloud.sagemaker.operations.model_packages import containers_of_package

_KINDS = {
    kind.key: kind
    for kind in (
        TRAINING_JOB,
        TRANSFORM_JOB,
        MODEL,
        ENDPOINT_CONFIG,
        ENDPOINT,
        MODEL_PACKAGE_GROUP,
        MODEL_PACKAGE,
    )
}
_MAX_TAGS = 50


def create_model(sagemaker: SageMaker, request: Request) -> Response:
    """Takes one container, or a model package of one; its archive is read when it is deployed."""
    check_model(request)
    sagemaker.state.access.credentials(
        request["ExecutionRoleArn"], request["ModelName"]
    )
    body: Body = {"EnableNetworkIsolation": False} | base.new_body(
        sagemaker, MODEL, request
    )
    if containers := _containers_of_packages(sagemaker, request):
        body[PACKAGE_CONTAINERS] = containers
    return base.insert(sagemaker, MODEL, body, request)


def _containers_of_packages(sagemaker: SageMaker, request: Request) -> list[Body]:
    """What a model of packages serves, as it is now: packages may be deleted. Empty where it names its images."""
    containers = container_bodies(request)
    if not any("ModelPackageName" in container for container in containers):
        return []
    return [
        item
        for container in containers
        for item in _package_or_container(sagemaker, container)
    ]


def _package_or_container(sagemaker: SageMaker, container: Body) -> list[Body]:
    if "ModelPackageName" in container:
        return containers_of_package(sagemaker, container)
    return [container]


def describe_model(sagemaker: SageMaker, request: Request) -> Response:
    return base.describe(sagemaker, MODEL, request)


def delete_model(sagemaker: SageMaker, request: Request) -> Response:
    return base.delete(sagemaker, MODEL, request)


def list_models(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages."""
    return base.list_page(sagemaker, MODEL, request, "Models")


def create_endpoint_config(sagemaker: SageMaker, request: Request) -> Response:
    """Refuses what cannot be deployed."""
    check_endpoint_config(request)
    for variant in request["ProductionVariants"]:
        base.find(sagemaker, MODEL, variant["ModelName"])
    body = base.new_body(sagemaker, ENDPOINT_CONFIG, request)
    return base.insert(sagemaker, ENDPOINT_CONFIG, body, request)


def describe_endpoint_config(sagemaker: SageMaker, request: Request) -> Response:
    return base.describe(sagemaker, ENDPOINT_CONFIG, request)


def delete_endpoint_config(sagemaker: SageMaker, request: Request) -> Response:
    return base.delete(sagemaker, ENDPOINT_CONFIG, request)


def list_endpoint_configs(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages."""
    return base.list_page(sagemaker, ENDPOINT_CONFIG, request, "EndpointConfigs")


def add_tags(sagemaker: SageMaker, request: Request) -> Response:
    arn = _existing_arn(sagemaker, request)
    with sagemaker.store.transaction():
        sagemaker.store.add_tags(arn, request["Tags"])
        tags = sagemaker.store.tags(arn)
        if len(tags) > _MAX_TAGS:
            raise ValidationError(
                f"Expected at most {_MAX_TAGS} tags on a resource, found {len(tags)}."
            )
    return {"Tags": tags}


def list_tags(sagemaker: SageMaker, request: Request) -> Response:
    tags = sagemaker.store.tags(_existing_arn(sagemaker, request))
    return base.cut_page(tags, {"MaxResults": _MAX_TAGS} | request, "Tags")


def delete_tags(sagemaker: SageMaker, request: Request) -> Response:
    sagemaker.store.delete_tags(_existing_arn(sagemaker, request), request["TagKeys"])
    return {}


def _existing_arn(sagemaker: SageMaker, request: Request) -> str:
    """The ARN of the resource that the request names. Raises `ValidationError` where there is none."""
    arn = str(request["ResourceArn"]).lower()
    resource = arn.rpartition(":")[2]
    kind = _KINDS.get(resource.partition("/")[0])
    if kind is not None:
        for body in sagemaker.store.all(kind):
            if body[kind.arn_field] == arn:
                return arn
    raise ValidationError(f'Could not find resource "{request["ResourceArn"]}".')
