"""The OpenAPI document of a stack: its routes, the tasks' schemas, and the models that are live."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from functions.api.openapi_operations import (
    EVENTS,
    JSON,
    OPERATIONS,
    STATUS_TEXTS,
    Operation,
)
from functions.api.openapi_schemas import (
    TEXT,
    Schema,
    answer_name,
    components,
    ref,
    request_name,
    with_labels,
)
from functions.api.paths import resource_of
from functions.api.queries import DEFAULT_PAGE_ITEMS, LIMIT, MAX_PAGE_ITEMS, NEXT
from tasks import TASKS

VERSION = "1"
"""Of the API: another number would mean that calls of before are answered otherwise."""
LIVE = "Live models"
ACCEPTED = 202
_PARAMETER = re.compile("<([a-z]+)>")
_DESCRIPTION = "Errors are problem documents (RFC 9457); `type` names the kind."
_PARAMETERS: Mapping[str, Schema] = {
    LIMIT: {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_PAGE_ITEMS,
        "default": DEFAULT_PAGE_ITEMS,
        "description": "At most so many items.",
    },
    NEXT: TEXT | {"description": "`next` of the page before."},
    "model": TEXT | {"description": "A model's name: the folder of its drop."},
    "run": TEXT | {"description": "A run's name."},
    "batch": TEXT | {"description": "A batch's name."},
    "prediction": TEXT | {"description": "What a queued request was named."},
    "month": TEXT
    | {
        "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$",
        "description": "Such as 2026-11; this month without it.",
    },
}


class RouteLike(Protocol):
    """What is needed of a route."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def right(self) -> str | None: ...

    @property
    def query(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class LiveModel:
    """A model that answers: how it is called, and with what it answers."""

    name: str
    task: str | None
    """None of one with code of its own."""
    example: Any
    max_body_bytes: int
    labels: Sequence[str] = field(default=())
    """Empty where they are not known, or too many."""
    answers_later: bool = False


def document(
    routes: Iterable[RouteLike], models: Iterable[LiveModel], server: str
) -> dict[str, Any]:
    """`server` is the stack's URL, or one relative to the document's own."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = paths.setdefault(resource_of(route.path), {})
        path[route.method.lower()] = _operation(route)
    for model in models:
        paths[f"/models/{quote(model.name, safe='')}/predict"] = {
            "post": _live_operation(model)
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Traindrop",
            "version": VERSION,
            "description": _DESCRIPTION,
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"}
            },
            "responses": {"Problem": _problem_answer()},
            "schemas": components(),
        },
    }


def _operation(route: RouteLike) -> dict[str, Any]:
    operation = OPERATIONS[f"{route.method} {route.path}"]
    names = _PARAMETER.findall(route.path)
    parameters = [_parameter("path", name) for name in names]
    parameters += [_parameter("query", name) for name in route.query]
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters,
        "responses": _answers(operation),
    }
    if operation.body:
        described["requestBody"] = {
            "required": operation.needs_body,
            "content": {JSON: {"schema": ref(operation.body)}},
        }
    if route.right:
        described["x-traindrop-right"] = str(route.right)
    return described


def _parameter(place: str, name: str) -> dict[str, Any]:
    schema = dict(_PARAMETERS[name])
    description = schema.pop("description")
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }


def _answers(operation: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in operation.statuses:
        media: dict[str, Any] = {operation.media: {"schema": _schema(operation)}}
        if status == ACCEPTED and operation.accepted:
            media = {JSON: {"schema": ref(operation.accepted)}}
        elif operation.streams:
            media[EVENTS] = {"schema": TEXT}
        answers[str(status)] = _answer(status, media)
    return answers | _problems()


def _answer(status: int, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": STATUS_TEXTS[status], "content": dict(content)}


def _schema(operation: Operation) -> Schema:
    if operation.schema:
        return ref(operation.schema)
    return {"type": "object"} if operation.media == JSON else TEXT


def _problems() -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/Problem"}
    return {"4XX": problem, "5XX": problem}


def _problem_answer() -> dict[str, Any]:
    waiting = {
        "description": "Seconds after which to ask again, where that helps.",
        "schema": {"type": "integer"},
    }
    return {
        "description": "A problem document, which says what to do.",
        "headers": {"Retry-After": waiting},
        "content": {"application/problem+json": {"schema": ref("Problem")}},
    }


def _live_operation(model: LiveModel) -> dict[str, Any]:
    """How this very model is called: its task's request, its labels, a request that it answers."""
    request: Schema = ref(request_name(model.task)) if model.task else {}
    answer: Schema = ref(answer_name(model.task)) if model.task else {}
    if model.task and model.labels:
        answer = with_labels(TASKS[model.task].response_schema, model.labels)
    task = model.task or "code of its own"
    return {
        "operationId": f"predict:{model.name}",
        "tags": [LIVE],
        "summary": f"Asks the model {model.name} ({task}).",
        "requestBody": {
            "required": True,
            "description": f"At most {model.max_body_bytes:,} bytes.",
            "content": {JSON: {"schema": request, "example": model.example}},
        },
        "responses": _live_answers(model, answer),
        "x-traindrop-max-body-bytes": model.max_body_bytes,
    }


def _live_answers(model: LiveModel, answer: Schema) -> dict[str, Any]:
    if model.answers_later:
        answers = {
            "202": _answer(ACCEPTED, {JSON: {"schema": ref("QueuedPrediction")}})
        }
    else:
        media = {JSON: {"schema": answer}, EVENTS: {"schema": TEXT}}
        answers = {"200": _answer(200, media)}
    return answers | _problems()
