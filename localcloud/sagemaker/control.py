"""The control plane: `X-Amz-Target: SageMaker.<Operation>`, JSON 1.1 in and out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ApiError, UnknownOperationError, ValidationError
from localcloud.sagemaker.operations.base import Request, Response
from localcloud.sagemaker.operations.registry import OPERATIONS
from localcloud.sagemaker.service_model import ServiceModel

_MEDIA_TYPE = "application/x-amz-json-1.1"

Gate = Callable[[str, Request], None]
"""Called with every valid request before its operation; an `ApiError` it raises refuses it (a quota, a fault)."""


def open_gate(operation: str, request: Request) -> None:
    """Nothing is refused: the local cloud has no quotas."""


class ControlPlane:
    """Validates, dispatches and answers."""

    def __init__(self, cloud: Cloud, gate: Gate = open_gate) -> None:
        self._cloud, self._gate = cloud, gate
        self._model = ServiceModel()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        target = request.headers.get("x-amz-target", "")
        body = await request.body()
        return await run_in_threadpool(self._answer, target, body)

    def _answer(self, target: str, body: bytes) -> HttpResponse:
        try:
            return _json(200, self.call(target, body))
        except ApiError as error:
            return _json(error.status, {"__type": error.code, "message": error.message, "Message": error.message})
        except Exception as error:  # a defect here is an InternalFailure there, as on AWS
            traceback.print_exc()
            return _json(500, {"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"})

    def call(self, target: str, body: bytes) -> Response:
        """The answer to one request; raises `ApiError`."""
        name = target.removeprefix("SageMaker.")
        operation = OPERATIONS.get(name)
        if operation is None:
            self._model.operation(name)
            raise UnknownOperationError(
                f"The local cloud does not have SageMaker's {name}. It has: {', '.join(OPERATIONS)}."
            )
        request = self._model.check(name, _parse(body))
        self._gate(name, request)
        return self._model.trim(name, operation(self._cloud, request))


def _parse(body: bytes) -> object:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise ValidationError(
            f"Expected a JSON object as the body of the request, found something else: {error}"
        ) from error


def _json(status: int, content: Response) -> HttpResponse:
    return HttpResponse(json.dumps(content), status, media_type=_MEDIA_TYPE)
