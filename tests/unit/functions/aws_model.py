"""botocore's own description of an API, to check requests against without sending them."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator


@cache
def _service(name: str) -> Any:
    return get_session().get_service_model(name)


def problems(service: str, operation: str, request: dict[str, Any]) -> str:
    """What botocore would refuse in this request; empty where it would send it."""
    shape = _service(service).operation_model(operation).input_shape
    return str(ParamValidator().validate(request, shape).generate_report())
