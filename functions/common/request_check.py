"""Whether a request is what a task's model takes, and if not, which field is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import fastjsonschema

from functions.common.schema_violations import Schema, violations
from tasks import get_task


@dataclass(frozen=True)
class RequestProblem:
    field: str
    sentence: str
    """With a full stop or a question mark at its end."""


@cache
def _validator(task: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = fastjsonschema.compile(
        get_task(task).request_schema
    )
    return compiled


def request_problem(task: str, request: Any) -> RequestProblem | None:
    """The first field that the task does not take; None of a good request."""
    try:
        _validator(task)(request)
    except fastjsonschema.JsonSchemaValueException:
        field, problem = first_problem(get_task(task).request_schema, request)
        end = "" if problem.endswith("?") else "."
        return RequestProblem(field, f"{field}: {problem}{end}")
    return None


def first_problem(schema: Schema, value: Any) -> tuple[str, str]:
    """The innermost field that violates the schema first, and how."""
    broken = next(violations(schema, value))
    return broken.field or "body", str(broken)
