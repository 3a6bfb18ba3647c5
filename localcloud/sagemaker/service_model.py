"""Requests and responses, checked against botocore's own description of SageMaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from localcloud.sagemaker.common.errors import UnknownOperationError, ValidationError

_SIZED_TYPES = ("string", "list", "map", "blob")
_UNLIMITED_TYPES = ("structure", "boolean", "timestamp")


class ServiceModel:
    """SageMaker's operations as botocore knows them; `service` is the name of one of its APIs."""

    def __init__(self, service: str = "sagemaker") -> None:
        self._model = botocore.session.get_session().get_service_model(service)
        self.names = frozenset(self._model.operation_names)

    def operation(self, name: str) -> OperationModel:
        """Raises `UnknownOperationError`."""
        if name not in self.names:
            raise UnknownOperationError(f"SageMaker has no operation {name!r}.")
        return self._model.operation_model(name)

    def list_field(self, name: str) -> str | None:
        """The field of a List operation's answer that holds the resources, where it lists all of an account.

        None for any other operation. Raises `UnknownOperationError`.
        """
        operation = self.operation(name)
        inputs, outputs = operation.input_shape, operation.output_shape
        if not name.startswith("List") or outputs is None:
            return None
        if inputs is not None and inputs.required_members:
            return None
        for field, shape in outputs.members.items():
            if isinstance(shape, ListShape):
                return field
        return None

    def validate(self, name: str, request: object) -> dict[str, Any]:
        """The request, if the service would take it. Raises `ValidationError`, which names every field in error."""
        shape = self.operation(name).input_shape
        if not isinstance(request, dict):
            raise ValidationError(
                f"{name} takes a JSON object, found {type(request).__name__}."
            )
        if shape is None:
            return {}
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            raise ValidationError(report.generate_report())
        violations = list(_violations(shape, request, ""))
        if violations:
            plural = "s" if len(violations) > 1 else ""
            raise ValidationError(
                f"{len(violations)} validation error{plural} detected: {'; '.join(violations)}"
            )
        return request

    def trim(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        """The response with only what the operation's output may hold, absent fields left out."""
        shape = self.operation(name).output_shape
        trimmed: dict[str, Any] = _trim(shape, response) if shape else {}
        return trimmed


def _trim(shape: Shape, value: Any) -> Any:
    if isinstance(shape, ListShape):
        return [_trim(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: _trim(shape.value, inner) for key, inner in value.items()}
    if isinstance(shape, StructureShape):
        trimmed = {}
        for key, inner in value.items():
            if key in shape.members and inner is not None:
                trimmed[key] = _trim(shape.members[key], inner)
        return trimmed
    return value


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """The broken lengths, ranges, patterns and enumerations of a value and all below it, in SageMaker's words."""
    constraint = _broken_constraint(shape, value)
    if constraint:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    if isinstance(shape, StructureShape):
        for key, inner in value.items():
            name = key[:1].lower() + key[1:]
            yield from _violations(
                shape.members[key], inner, f"{path}.{name}" if path else name
            )
    elif isinstance(shape, ListShape):
        for number, inner in enumerate(value, 1):
            yield from _violations(shape.member, inner, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, inner in value.items():
            yield from _violations(shape.key, key, f"{path}.{key}.key")
            yield from _violations(shape.value, inner, f"{path}.{key}.value")


def _broken_constraint(shape: Shape, value: Any) -> str | None:
    limits: dict[str, Any] = shape.metadata
    if shape.type_name not in _UNLIMITED_TYPES:
        broken_limit = _broken_limit(shape, value)
        if broken_limit:
            return broken_limit
    if limits.get("enum") and value not in limits["enum"]:
        return f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = _compiled(limits["pattern"]) if "pattern" in limits else None
    if pattern and not pattern.fullmatch(value):
        return f"Member must satisfy regular expression pattern: {limits['pattern']}"
    return None


def _broken_limit(shape: Shape, value: Any) -> str | None:
    limits: dict[str, Any] = shape.metadata
    is_sized = shape.type_name in _SIZED_TYPES
    quantity = "length" if is_sized else "value"
    number = len(value) if is_sized else value
    if "max" in limits and number > limits["max"]:
        return f"Member must have {quantity} less than or equal to {limits['max']}"
    if "min" in limits and number < limits["min"]:
        return f"Member must have {quantity} greater than or equal to {limits['min']}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what only Java understands, such as `\\p{L}`."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
