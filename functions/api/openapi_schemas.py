"""The components of the OpenAPI document: what calls send and what they are answered, as JSON Schemas."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from contracts.api_answers import (
    Batch,
    ModelLine,
    ModelPage,
    Release,
    RunLine,
)
from contracts.costs import MonthCosts
from contracts.documents import Record
from contracts.json_schema import schema_of
from contracts.run_record import RunRecord
from functions.api.problem_types import PROBLEM_TYPES, type_uri
from functions.api.upload_calls import MAX_BYTES, MAX_FILES
from tasks import TASKS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
RECORDS: Mapping[str, type[Record]] = {
    "Batch": Batch,
    "ModelLine": ModelLine,
    "Model": ModelPage,
    "MonthCosts": MonthCosts,
    "Release": Release,
    "Run": RunRecord,
    "RunLine": RunLine,
}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(item: str) -> Schema:
    return {"type": "array", "items": ref(item)}


def record(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None
) -> Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def request(properties: Mapping[str, Schema], required: Collection[str] = ()) -> Schema:
    """A body with these fields and no other."""
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(properties),
    }
    return schema | ({"required": list(required)} if required else {})


def request_name(task: str) -> str:
    return _camel(task) + "Request"


def answer_name(task: str) -> str:
    return _camel(task) + "Answer"


def _camel(task: str) -> str:
    return "".join(word.capitalize() for word in task.split("-"))


def components() -> dict[str, Schema]:
    schemas = {name: open_schema(schema_of(kind)) for name, kind in RECORDS.items()}
    for task in TASKS.values():
        schemas[request_name(task.name)] = copy.deepcopy(task.request_schema)
        schemas[answer_name(task.name)] = copy.deepcopy(task.response_schema)
    return schemas | _own()


def open_schema(schema: Any) -> Any:
    """The schema without its bans of other members: a later version may answer more."""
    if isinstance(schema, list):
        return [open_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: open_schema(value)
        for name, value in schema.items()
        if (name, value) != ("additionalProperties", False)
    }


def with_labels(schema: Any, labels: Collection[str]) -> Any:
    """The answer's schema where `label` is one of these."""
    if isinstance(schema, list):
        return [with_labels(item, labels) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: with_labels(value, labels) for name, value in schema.items()}
    if changed.get("properties", {}).get("label") == TEXT:
        changed["properties"] = changed["properties"] | {
            "label": TEXT | {"enum": list(labels)}
        }
    return changed


def _own() -> dict[str, Schema]:
    """What no record describes."""
    run = {"run": {"type": "string", "minLength": 1}}
    accept = {"accept_label_change": FLAG}
    next_page = {
        "next": TEXT
        | {"description": "The parameter `next` of the call for the next page."}
    }
    return {
        "Problem": _problem(),
        "PredictionRequest": {"anyOf": [ref(request_name(task)) for task in TASKS]},
        "PredictionAnswer": {"description": "What the model's task answers."},
        "QueuedPrediction": record(
            {
                "prediction": TEXT,
                "status": TEXT,
                "model": TEXT,
                "run": TEXT,
                "at": TEXT,
                "path": TEXT | {"description": "Where the answer will be."},
            }
        ),
        "Evaluation": {"type": "object"},
        "Log": record(
            {
                "run": TEXT,
                "job": {"anyOf": [TEXT, {"type": "null"}]},
                "lines": {"type": "array", "items": TEXT},
                "points": {},
            }
        ),
        "UploadRequest": _upload_request(),
        "Uploads": record(
            {
                "model": TEXT,
                "uploads": {
                    "type": "array",
                    "items": record(
                        {
                            "name": TEXT,
                            "url": TEXT,
                            "method": TEXT,
                            "seconds": {"type": "integer"},
                        }
                    ),
                },
                "present": {"type": "array", "items": TEXT},
            }
        ),
        "ReleaseRequest": request(run | accept, ["run"]),
        "RollbackRequest": request(run | accept),
        "BatchRequest": request(
            {
                "input": {"type": "string", "pattern": "^s3://[^/]+/batches/.*[^/]$"},
                "parameters": {"type": "object"},
            }
        ),
        "ChatRequest": record({"model": TEXT, "messages": {"type": "array"}}),
        "CompletionRequest": record({"model": TEXT, "prompt": {}}),
        "Writers": record(
            {
                "object": TEXT,
                "data": {
                    "type": "array",
                    "items": record(
                        {
                            "id": TEXT,
                            "object": TEXT,
                            "created": {"type": "integer"},
                            "owned_by": TEXT,
                        }
                    ),
                },
            }
        ),
        "Models": record({"models": list_of("ModelLine")}),
        "Runs": record({"runs": list_of("RunLine")}, next_page),
        "Releases": record({"model": TEXT, "releases": list_of("Release")}, next_page),
        "Batches": record({"model": TEXT, "batches": list_of("Batch")}, next_page),
        "RemovedEndpoint": record(
            {"model": TEXT, "removed": {"type": "array", "items": TEXT}}
        ),
        "Waking": record({"model": TEXT, "waking": FLAG}),
        "DeletedModel": record({"model": TEXT, "deleted": FLAG}),
        "DeletedBatch": record({"batch": TEXT, "deleted": FLAG}),
    }


def _problem() -> Schema:
    uris = [type_uri(code) for code in PROBLEM_TYPES]
    kind = TEXT | {
        "description": "The kind of problem: docs/errors.md.",
        "examples": uris,
    }
    nothing_or_text = {"anyOf": [TEXT, {"type": "null"}]}
    error = record(
        {
            "code": TEXT,
            "message": {},
            "type": TEXT,
            "param": nothing_or_text,
            "request_id": TEXT,
        }
    )
    return record(
        {
            "type": kind,
            "title": TEXT,
            "detail": {},
            "instance": TEXT,
            "request_id": TEXT,
            "error": error,
        },
        {"status": {"type": "integer"}},
    )


def _upload_request() -> Schema:
    name = {"type": "string", "minLength": 1}
    size = {"type": "integer", "minimum": 1, "maximum": MAX_BYTES}
    files = {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_FILES,
        "items": request({"name": name, "bytes": size}, ["name", "bytes"]),
    }
    remove = {"type": "array", "items": TEXT}
    return request({"files": files, "remove": remove}, ["files"])
