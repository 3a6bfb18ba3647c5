"""The deployed functions by the names of the template, and their failures as Step Functions sees them."""

import functools
import importlib
import json
import os
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.faults import (
    DiedError,
)
from tests.unit.stack import template
from tests.unit.statemachine.interpreter import LambdaError

_REFUSED_INVOCATIONS = {
    "TooManyRequestsException": "Lambda.TooManyRequestsException",
    "ServiceException": "Lambda.ServiceException",
}


@functools.cache
def handler_of(function: str) -> Callable[[dict[str, Any], Any], Any]:
    """The handler that the template names."""
    os.environ.setdefault("AWS_REGION", "us-east-1")
    path = template.functions()[f"{function}Function"]["Handler"]
    module, _, name = path.rpartition(".")
    handler: Callable[[dict[str, Any], Any], Any] = getattr(
        importlib.import_module(module), name
    )
    return handler


def lambda_error(error: BaseException) -> LambdaError:
    """What Step Functions makes of a refused invocation, and of whatever a function raised."""
    if isinstance(error, DiedError):
        return LambdaError("Runtime.ExitError", "{}")
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        if code in _REFUSED_INVOCATIONS:
            return LambdaError(_REFUSED_INVOCATIONS[code])
    name = type(error).__name__
    cause = {"errorMessage": str(error), "errorType": name}
    return LambdaError(name, json.dumps(cause))
