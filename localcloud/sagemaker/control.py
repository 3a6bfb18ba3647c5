"""The control plane: `X-Amz-Target: SageMaker.<Operation>`, JSON 1.1 in and out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from localcloud.guard import CALLER
from localcloud.sagemaker.common.errors import (
    ApiError,
    UnknownOperationError,
    ValidationError,
)
from localcloud.sagemaker.operations import (
    endpoints,
    model_packages,
    records,
    training_jobs,
    transform_jobs,
)
from localcloud.sagemaker.operations.base import Operation, Request, Response, SageMaker
from localcloud.sagemaker.permissions import checks
from localcloud.sagemaker.service_model import ServiceModel

OPERATIONS: dict[str, Operation] = {
    "AddTags": records.add_tags,
    "CreateEndpoint": endpoints.create_endpoint,
    "CreateEndpointConfig": records.create_endpoint_config,
    "BatchDescribeModelPackage": model_packages.batch_describe_model_package,
    "CreateModel": records.create_model,
    "CreateModelPackage": model_packages.create_model_package,
    "CreateModelPackageGroup": model_packages.create_model_package_group,
    "CreateTrainingJob": training_jobs.create_training_job,
    "CreateTransformJob": transform_jobs.create_transform_job,
    "DeleteEndpoint": endpoints.delete_endpoint,
    "DeleteEndpointConfig": records.delete_endpoint_config,
    "DeleteModel": records.delete_model,
    "DeleteModelPackage": model_packages.delete_model_package,
    "DeleteModelPackageGroup": model_packages.delete_model_package_group,
    "DeleteTrainingJob": training_jobs.delete_training_job,
    "DeleteTags": records.delete_tags,
    "DescribeEndpoint": endpoints.describe_endpoint,
    "DescribeEndpointConfig": records.describe_endpoint_config,
    "DescribeModel": records.describe_model,
    "DescribeModelPackage": model_packages.describe_model_package,
    "DescribeModelPackageGroup": model_packages.describe_model_package_group,
    "DescribeTrainingJob": training_jobs.describe_training_job,
    "DescribeTransformJob": transform_jobs.describe_transform_job,
    "ListEndpointConfigs": records.list_endpoint_configs,
    "ListEndpoints": endpoints.list_endpoints,
    "ListModelPackageGroups": model_packages.list_model_package_groups,
    "ListModelPackages": model_packages.list_model_packages,
    "ListModels": records.list_models,
    "ListTags": records.list_tags,
    "ListTrainingJobs": training_jobs.list_training_jobs,
    "ListTransformJobs": transform_jobs.list_transform_jobs,
    "StopTrainingJob": training_jobs.stop_training_job,
    "StopTransformJob": transform_jobs.stop_transform_job,
    "UpdateEndpoint": endpoints.update_endpoint,
    "UpdateEndpointWeightsAndCapacities": endpoints.update_endpoint_weights_and_capacities,
    "UpdateModelPackage": model_packages.update_model_package,
    "UpdateTrainingJob": training_jobs.update_training_job,
}
"""A new operation is a function in a module of `operations` and one line here."""

_MEDIA_TYPE = "application/x-amz-json-1.1"

Gate = Callable[[str, Request], None]
"""Called with every valid request before its operation. An `ApiError` that it raises refuses it (a quota, a fault)."""


def open_gate(operation: str, request: Request) -> None:
    """Refuses nothing: the local cloud has no quotas."""


def list_nothing(result: str, sagemaker: SageMaker, request: Request) -> Response:
    """The answer of a List operation of a kind that the local cloud does not have: there is none of it."""
    return {result: []}


class ControlPlane:
    """Validates requests, calls their operations, and answers."""

    def __init__(self, sagemaker: SageMaker, gate: Gate = open_gate) -> None:
        self._sagemaker, self._gate = sagemaker, gate
        self._model = ServiceModel()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        target = request.headers.get("x-amz-target", "")
        body = await request.body()
        return await run_in_threadpool(self._answer, target, body, CALLER.get())

    def _answer(self, target: str, body: bytes, access_key: str) -> HttpResponse:
        try:
            return _json_response(200, self.call(target, body, access_key))
        except ApiError as error:
            content = {
                "__type": error.code,
                "message": error.message,
                "Message": error.message,
            }
            return _json_response(error.status, content)
        except (
            Exception
        ) as error:  # a defect here is an InternalFailure there, as on AWS
            traceback.print_exc()
            content = {
                "__type": "InternalFailure",
                "message": f"{type(error).__name__}: {error}",
            }
            return _json_response(500, content)

    def call(self, target: str, body: bytes, access_key: str = "") -> Response:
        """The response to one request, which is signed with `access_key`. Raises `ApiError`."""
        name = target.removeprefix("SageMaker.")
        operation = OPERATIONS.get(name)
        if operation is None:
            result = self._model.list_field(name)
            if result is None:
                raise UnknownOperationError(
                    f"The local cloud does not have SageMaker's {name}. docs/local-sagemaker.md lists what it has."
                )
            operation = partial(list_nothing, result)
        request = self._model.validate(name, _parse_json(body))
        state = self._sagemaker.state
        state.access.require(access_key, checks(name, request, state.settings.arn))
        self._gate(name, request)
        response = operation(self._sagemaker, request)
        return self._model.trim(name, response)


def _parse_json(body: bytes) -> object:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise ValidationError(
            f"Expected a JSON object as the body of the request, found something else: {error}"
        ) from error


def _json_response(status: int, content: Response) -> HttpResponse:
    return HttpResponse(json.dumps(content), status, media_type=_MEDIA_TYPE)
