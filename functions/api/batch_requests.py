"""What callers send to make a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from contracts.batch import BatchRecord
from contracts.locations import BATCHES
from functions.api.errors import ApiError
from functions.api.request_validation import json_body
from functions.batch.control import batch_path
from functions.common.request_check import request_problem
from tasks import TASKS

_STOPPING_SECONDS = 30
FIELDS = ("input", "parameters")
EXAMPLE = '{"input": "s3://<DataBucket>/batches/rows.csv", "parameters": {"top_k": 2}}'


@dataclass(frozen=True)
class BatchRequest:
    key: str | None = None
    """None where the file is to be uploaded."""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def batch_request(
    body: str | bytes | None, content_type: str, bucket: str, task: str | None
) -> BatchRequest:
    """Raises a 4xx that names the first field that is wrong. `task` is None where nothing is known of requests."""
    if not body or not body.strip():
        return BatchRequest()
    content = json_body(body, content_type)
    if not isinstance(content, dict):
        raise _invalid("body", "an object", content)
    for name, value in content.items():
        if name not in FIELDS:
            raise _invalid(str(name), f"only the fields {', '.join(FIELDS)}", value)
    key = _key(content["input"], bucket) if "input" in content else None
    parameters = content.get("parameters", {})
    if not isinstance(parameters, dict):
        raise _invalid("parameters", "an object", parameters)
    _require_parameters(parameters, task)
    return BatchRequest(key, parameters)


def _key(address: Any, bucket: str) -> str:
    """Below `batches/`: who may predict may not read what others have dropped."""
    prefix = f"s3://{bucket}/"
    expected = f"an address of a file below {prefix}{BATCHES}"
    if not isinstance(address, str) or not address.startswith(f"{prefix}{BATCHES}"):
        raise _invalid("input", expected, address)
    key = address.removeprefix(prefix)
    if key.endswith("/"):
        raise _invalid("input", expected, address)
    return key


def _require_parameters(parameters: Mapping[str, Any], task: str | None) -> None:
    if not parameters or task not in TASKS:
        return
    example = TASKS[task].example_inputs
    problem = request_problem(task, {"inputs": example, "parameters": parameters})
    if problem is not None:
        raise ApiError(422, "invalid_request", problem.sentence, field=problem.field)


def _invalid(name: str, expected: str, value: object) -> ApiError:
    problem = f"{name}: expected {expected}; found {value!r:.120}."
    message = f"{problem} Send, for example: {EXAMPLE}, or nothing, to upload a file."
    return ApiError(422, "invalid_request", message, field=name)


def unknown_batch(model: str, batch: str) -> ApiError:
    path = f"/models/{quote(model, safe='')}/batch"
    message = f"{model!r} has no batch called {batch!r}. GET {path} lists those it has."
    return ApiError(404, "unknown_batch", message)


def not_startable(record: BatchRecord) -> ApiError:
    message = f"The batch {record.batch} is {record.status}: there is nothing to start."
    return ApiError(409, "batch_not_startable", message, status=record.status)


def in_progress(record: BatchRecord) -> ApiError:
    message = (
        f"The batch {record.batch} is {record.status}. Wait until it has ended, or stop it: "
        f"POST {batch_path(record)}/stop."
    )
    return ApiError(409, "batch_in_progress", message, status=record.status)


def stopping(record: BatchRecord) -> ApiError:
    message = f"The transform job of the batch {record.batch} is being stopped. Ask again in a minute."
    return ApiError(409, "batch_stopping", message, retry_after=_STOPPING_SECONDS)


def not_in_progress(record: BatchRecord) -> ApiError:
    message = f"The batch {record.batch} is {record.status}: there is nothing to stop."
    return ApiError(409, "batch_not_in_progress", message, status=record.status)


def no_file(record: BatchRecord, uri: str) -> ApiError:
    message = f"Expected a file at {uri}; found none. Upload it, then ask again."
    return ApiError(409, "no_file", message)
