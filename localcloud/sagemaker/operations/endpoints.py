"""Endpoints: the record changes here, the processes in `hosting.endpoints`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ValidationError
from localcloud.sagemaker.hosting import records
from localcloud.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL, Body
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response
from localcloud.sagemaker.store import MissingError

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def create_endpoint(cloud: Cloud, request: Request) -> Response:
    variants = _variants(cloud, request["EndpointConfigName"])
    asked = {key: request[key] for key in ("EndpointName", "EndpointConfigName")}
    body = base.new_body(cloud, ENDPOINT, asked)
    body |= {"EndpointStatus": "Creating", "ProductionVariants": variants}
    response = base.insert(cloud, ENDPOINT, body, request)
    cloud.context.announce(ENDPOINT, body)
    cloud.endpoints.begin(cloud.endpoints.create, request["EndpointName"])
    return response


def describe_endpoint(cloud: Cloud, request: Request) -> Response:
    return base.describe(cloud, ENDPOINT, request)


def list_endpoints(cloud: Cloud, request: Request) -> Response:
    return base.page(cloud, ENDPOINT, request, "Endpoints")


def update_endpoint(cloud: Cloud, request: Request) -> Response:
    config_name = request["EndpointConfigName"]
    base.find(cloud, ENDPOINT, request["EndpointName"])
    variants = _variants(cloud, config_name)

    def begin(endpoint: Body) -> None:
        _check_changeable(endpoint)
        records.begin_update(endpoint, config_name, variants)

    arn = _change(cloud, request["EndpointName"], begin)
    cloud.endpoints.begin(cloud.endpoints.update, request["EndpointName"])
    return {"EndpointArn": arn}


def update_endpoint_weights_and_capacities(cloud: Cloud, request: Request) -> Response:
    """Weights take effect at once; an instance count that would change is refused."""
    desired = {item["VariantName"]: item for item in request["DesiredWeightsAndCapacities"]}

    def edit(endpoint: Body) -> None:
        _check_changeable(endpoint)
        _set_weights(endpoint, desired)

    arn = _change(cloud, request["EndpointName"], edit)
    weights = {name: item["DesiredWeight"] for name, item in desired.items() if "DesiredWeight" in item}
    cloud.endpoints.set_weights(request["EndpointName"], weights)
    return {"EndpointArn": arn}


def delete_endpoint(cloud: Cloud, request: Request) -> Response:
    _change(cloud, request["EndpointName"], _deleting)
    cloud.endpoints.begin(cloud.endpoints.delete, request["EndpointName"])
    return {}


def _variants(cloud: Cloud, config_name: str) -> list[Body]:
    config = base.find(cloud, ENDPOINT_CONFIG, config_name)
    models = {v["ModelName"]: base.find(cloud, MODEL, v["ModelName"]) for v in config["ProductionVariants"]}
    return records.variant_summaries(cloud.settings, config, models)


def _change(cloud: Cloud, name: str, edit: Callable[[Body], object]) -> str:
    try:
        return str(cloud.context.change(ENDPOINT, name, edit)["EndpointArn"])
    except MissingError as error:
        raise base.missing(cloud, ENDPOINT, name) from error


def _check_idle(endpoint: Body) -> None:
    if endpoint["EndpointStatus"] in _BUSY:
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')


def _check_changeable(endpoint: Body) -> None:
    _check_idle(endpoint)
    if endpoint["EndpointStatus"] == "Failed":
        raise ValidationError(
            f'Cannot update failed endpoint "{endpoint["EndpointArn"]}". Delete it and create it again.'
        )


def _deleting(endpoint: Body) -> None:
    _check_idle(endpoint)
    endpoint["EndpointStatus"] = "Deleting"


def _set_weights(endpoint: Body, desired: dict[str, Body]) -> None:
    known = {variant["VariantName"]: variant for variant in endpoint["ProductionVariants"]}
    for name, item in desired.items():
        if name not in known:
            raise ValidationError(f"Expected one of the variants {', '.join(known)}, found {name!r}.")
        variant = known[name]
        count = item.get("DesiredInstanceCount")
        if count not in (None, variant.get("DesiredInstanceCount")):
            raise ValidationError(
                f"The local cloud keeps the instance count of a deployment ({variant.get('DesiredInstanceCount')}); "
                "update the endpoint with a new endpoint configuration instead."
            )
        if "DesiredWeight" in item:
            variant |= {"CurrentWeight": item["DesiredWeight"], "DesiredWeight": item["DesiredWeight"]}
