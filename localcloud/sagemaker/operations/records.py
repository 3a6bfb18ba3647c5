"""Models and endpoint configurations: records only."""

from __future__ import annotations

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ValidationError
from localcloud.sagemaker.kinds import ENDPOINT_CONFIG, MODEL
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response


def create_model(cloud: Cloud, request: Request) -> Response:
    if "PrimaryContainer" not in request and not request.get("Containers"):
        raise ValidationError("Expected PrimaryContainer or Containers, found neither.")
    body = {"EnableNetworkIsolation": False} | base.new_body(cloud, MODEL, request)
    return base.insert(cloud, MODEL, body, request)


def describe_model(cloud: Cloud, request: Request) -> Response:
    return base.describe(cloud, MODEL, request)


def delete_model(cloud: Cloud, request: Request) -> Response:
    return base.delete(cloud, MODEL, request)


def list_models(cloud: Cloud, request: Request) -> Response:
    return base.page(cloud, MODEL, request, "Models")


def create_endpoint_config(cloud: Cloud, request: Request) -> Response:
    for variant in request["ProductionVariants"]:
        if "ModelName" not in variant:
            raise ValidationError(
                "Expected a ModelName in every production variant: there are no inference components."
            )
        base.find(cloud, MODEL, variant["ModelName"])
    return base.insert(cloud, ENDPOINT_CONFIG, base.new_body(cloud, ENDPOINT_CONFIG, request), request)


def describe_endpoint_config(cloud: Cloud, request: Request) -> Response:
    return base.describe(cloud, ENDPOINT_CONFIG, request)


def delete_endpoint_config(cloud: Cloud, request: Request) -> Response:
    return base.delete(cloud, ENDPOINT_CONFIG, request)


def list_endpoint_configs(cloud: Cloud, request: Request) -> Response:
    return base.page(cloud, ENDPOINT_CONFIG, request, "EndpointConfigs")
