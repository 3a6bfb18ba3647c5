"""Whether the body of a call is what the task takes, and if not, which part is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import fastjsonschema

from functions.logic.api_errors import ApiError, nearest
from functions.logic.messages import example_request
from tasks import get_task

Schema = Mapping[str, Any]

_SHOWN = 60
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def json_body(body: str | bytes | None, content_type: str) -> Any:
    """The parsed body; a wrong or missing content type is forgiven where the body is, or was meant to be, JSON."""
    if not body or not body.strip():
        raise ApiError(400, "empty_body", 'The body is empty. Expected JSON such as {"inputs": "…"}.')
    try:
        return json.loads(body, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ApiError(400, "bad_json", f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    except json.JSONDecodeError as error:
        media = content_type.partition(";")[0].strip().lower()
        meant_as_json = str(error.doc).lstrip()[:1] in {"{", "["}
        if not meant_as_json and media and media != "application/json" and not media.endswith("+json"):
            message = f"Expected a body of application/json; found {media}."
            raise ApiError(415, "unsupported_media_type", message) from error
        place = f"line {error.lineno}, column {error.colno}"
        raise ApiError(
            400, "bad_json", f"The body is not JSON: {error.msg} at {place}.", line=error.lineno, column=error.colno
        ) from error
    except RecursionError as error:
        raise ApiError(400, "bad_json", "The body is nested too deeply.") from error


def _no_constant(name: str) -> Any:
    raise ApiError(400, "bad_json", f"The body is not JSON: {name} is not a JSON number.")


@cache
def _validator(task: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = fastjsonschema.compile(get_task(task).request_schema)
    return compiled


def check_request(task: str, request: Any) -> None:
    """Raises a 422 that names the first field which the task does not take."""
    try:
        _validator(task)(request)
    except fastjsonschema.JsonSchemaValueException as error:
        field, problem = first_problem(get_task(task).request_schema, request)
        example = json.dumps(example_request(task), ensure_ascii=False)
        message = f"{field}: {problem}. An example: {example}"
        raise ApiError(422, "invalid_request", message, field=field) from error


def first_problem(schema: Schema, value: Any, path: str = "") -> tuple[str, str]:
    """The innermost field that breaks the schema, and how; alternatives are told apart by the value's type."""
    name = path or "body"
    if "anyOf" in schema:
        fitting = [part for part in schema["anyOf"] if _is_type(part, value)]
        if len(fitting) == 1:
            return first_problem(fitting[0], value, path)
        return name, f"expected {describe(schema)}; found {_show(value)}"
    if not _is_type(schema, value):
        return name, f"expected {describe(schema)}; found {_show(value)}"
    if isinstance(value, dict):
        return _in_object(schema, value, path) or (name, f"expected {describe(schema)}; found {_show(value)}")
    if isinstance(value, list) and "items" in schema:
        wrong = next((i for i, part in enumerate(value) if not _holds(schema["items"], part)), None)
        if wrong is not None:
            return first_problem(schema["items"], value[wrong], f"{path}[{wrong}]")
    return name, f"expected {describe(schema)}; found {_show(value)}"


def _in_object(schema: Schema, value: dict[str, Any], path: str) -> tuple[str, str] | None:
    def inside(key: str) -> str:
        return f"{path}.{key}" if path else key

    properties: Schema = schema.get("properties", {})
    missing = next((key for key in schema.get("required", []) if key not in value), None)
    if missing is not None:
        return inside(missing), f"expected {describe(properties.get(missing, {}))}; found nothing"
    for key, part in value.items():
        if key in properties and not _holds(properties[key], part):
            return first_problem(properties[key], part, inside(key))
        if key not in properties and schema.get("additionalProperties") is False:
            guess = nearest(key, list(properties))
            hint = f"did you mean {guess!r}?" if guess else f"expected one of {', '.join(properties)}"
            return inside(key), f"there is no such field; {hint}"
    return None


def _holds(schema: Schema, value: Any) -> bool:
    try:
        fastjsonschema.validate(dict(schema), value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def _is_type(schema: Schema, value: Any) -> bool:
    kind = schema.get("type")
    if kind is None:
        return True
    kinds = kind if isinstance(kind, list) else [kind]
    is_flag = isinstance(value, bool)
    return any(isinstance(value, _TYPES[k]) and (k == "boolean" or not is_flag) for k in kinds)


def describe(schema: Schema) -> str:
    """A schema in words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(describe(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if kind == "string":
        return "a text that is not empty" if schema.get("minLength") else "a text"
    if kind == "array":
        size = "a list that is not empty" if schema.get("minItems") else "a list"
        return f"{size}, each {describe(schema['items'])}" if "items" in schema else size
    if kind == "object":
        fields = schema.get("required") or list(schema.get("properties", {}))
        return f"an object with {', '.join(fields)}" if fields else "an object"
    return _number(schema) if kind in {"integer", "number"} else {"boolean": "true or false"}.get(str(kind), str(kind))


def _number(schema: Schema) -> str:
    noun = "a whole number" if schema["type"] == "integer" else "a number"
    least, most = schema.get("minimum"), schema.get("maximum")
    limits = [f"at least {least}"] if least is not None else []
    limits += [f"at most {most}"] if most is not None else []
    return f"{noun} of {' and '.join(limits)}" if limits else noun


def _show(value: Any) -> str:
    if isinstance(value, dict | list) and value:
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
