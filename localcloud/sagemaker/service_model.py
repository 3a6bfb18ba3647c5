"""Requests and responses held against botocore's own description of SageMaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from localcloud.sagemaker.errors import UnknownOperationError, ValidationError

_SIZED = ("string", "list", "map", "blob")


class ServiceModel:
    """SageMaker's operations as botocore knows them."""

    def __init__(self) -> None:
        self._model = botocore.session.get_session().get_service_model("sagemaker")
        self._names = frozenset(self._model.operation_names)

    def operation(self, name: str) -> OperationModel:
        if name not in self._names:
            raise UnknownOperationError(f"SageMaker has no operation {name!r}.")
        return self._model.operation_model(name)

    def check(self, name: str, request: object) -> dict[str, Any]:
        """The request, if the service would take it; raises `ValidationError` naming every field that is wrong."""
        shape = self.operation(name).input_shape
        if not isinstance(request, dict):
            raise ValidationError(f"{name} takes a JSON object, found {type(request).__name__}.")
        if shape is None:
            return {}
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            raise ValidationError(report.generate_report())
        problems = list(_violations(shape, request, ""))
        if problems:
            plural = "s" if len(problems) > 1 else ""
            raise ValidationError(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")
        return request

    def trim(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        """The response with only what the operation's output may hold, absent fields left out."""
        shape = self.operation(name).output_shape
        return _trim(shape, response) if shape else {}


def _trim(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        members = shape.members
        return {k: _trim(members[k], v) for k, v in value.items() if k in members and v is not None}
    if isinstance(shape, ListShape):
        return [_trim(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {k: _trim(shape.value, v) for k, v in value.items()}
    return value


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Broken lengths, ranges, patterns and enumerations, in SageMaker's words."""
    yield from _own_violations(shape, value, path)
    if isinstance(shape, StructureShape):
        for key, inner in value.items():
            name = key[:1].lower() + key[1:]
            yield from _violations(shape.members[key], inner, f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape):
        for number, inner in enumerate(value, 1):
            yield from _violations(shape.member, inner, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, inner in value.items():
            yield from _violations(shape.key, key, f"{path}.{key}.key")
            yield from _violations(shape.value, inner, f"{path}.{key}.value")


def _own_violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    broken = _broken_constraint(shape, value)
    if broken:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: {broken}"


def _broken_constraint(shape: Shape, value: Any) -> str | None:
    rules: dict[str, Any] = shape.metadata
    sized = shape.type_name in _SIZED
    number = len(value) if sized else value
    what = "length" if sized else "value"
    if shape.type_name not in ("structure", "boolean", "timestamp"):
        if "max" in rules and number > rules["max"]:
            return f"Member must have {what} less than or equal to {rules['max']}"
        if "min" in rules and number < rules["min"]:
            return f"Member must have {what} greater than or equal to {rules['min']}"
    if rules.get("enum") and value not in rules["enum"]:
        return f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
    pattern = _compiled(rules["pattern"]) if "pattern" in rules else None
    if pattern and not pattern.fullmatch(value):
        return f"Member must satisfy regular expression pattern: {rules['pattern']}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for what only Java understands, such as `\\p{L}`."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
