"""The rows of a batch as requests: by the columns of the training data, or as callers of the API send them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.problems import Problem
from contracts.spec import Spec
from functions.common.request_check import request_problem
from functions.common.text import counted, listed
from tasks import UnknownTaskError, cells, get_task
from tasks.base import Column, Task, plain

MAX_REQUEST_BYTES = 5 * 2**20
"""SageMaker sends a record of at most `MaxPayloadInMB`, which is 6."""
INPUTS, PARAMETERS = "inputs", "parameters"


class RowProblemError(ValueError):
    """No model can be asked with this row. The text says what was expected and what was found."""


def resolved_columns(
    task: Task, columns: Mapping[str, str], names: Collection[str]
) -> dict[str, str]:
    """Canonical column -> the one of `names` that holds it, of the columns that are no answers.

    First by the names of the training data, then by those that a drop's columns may have. A column that is not
    required is looked for only where the training data had it.
    """
    resolved: dict[str, str] = {}
    for column in task.columns:
        if column.name in task.targets:
            continue
        name = _resolved(column, columns.get(column.name), names)
        if name is not None and name not in resolved.values():
            resolved[column.name] = name
    return resolved


def _resolved(
    column: Column, trained: str | None, names: Collection[str]
) -> str | None:
    for name in names:
        if trained is not None and plain(name) == plain(trained):
            return name
    for name in names:
        if plain(name) == column.name:
            return name
    if not column.required:
        return None
    return next((name for name in names if column.accepts(name)), None)


def known_task(name: str | None, variant: str | None) -> Task | None:
    """None of a task that Traindrop does not have."""
    try:
        return get_task(name or "", variant or "")
    except UnknownTaskError:
        return None


@dataclass(frozen=True)
class RequestMaker:
    """Of one model; `parameters` are of every row that has none of its own."""

    task: Task | None
    """None where only code of the model's own knows."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The task's column -> that of the training data."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_custom: bool = False
    """Whether code of the model's own reads the requests: then they are not held against the task's schema."""

    @classmethod
    def of(cls, spec: Spec, parameters: Mapping[str, Any]) -> RequestMaker:
        """For a release, by its spec."""
        task = known_task(spec.task, spec.variant)
        return cls(task, spec.columns, parameters, is_custom=bool(spec.hooks))

    def require_columns(self, names: Sequence[str]) -> str:
        """What is wrong with a table that has no column to ask the model with; empty of a good one."""
        if INPUTS in names or self.task is None:
            return ""
        if resolved_columns(self.task, self.columns, names):
            return ""
        wanted = [
            self.columns.get(column.name, column.name)
            for column in self.task.columns
            if column.name not in self.task.targets and column.required
        ]
        return (
            f"Expected {listed(wanted)}, as in the training data, or {INPUTS!r}; "
            f"found {counted(len(names), 'column')}: {listed(names)}. Rename a column."
        )

    def request(self, value: Any) -> str:
        """The request of a row as one line of JSON. Raises `RowProblemError`."""
        request = self._request(value)
        if self.task is not None and not self.is_custom:
            problem = request_problem(self.task.name, request)
            if problem is not None:
                raise RowProblemError(problem.sentence)
        # A line: JSON writes the line ends inside of texts as escapes.
        line = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
        try:
            size = len(line.encode())
        except UnicodeEncodeError as error:
            raise RowProblemError(
                "expected text; found half of a surrogate pair. Write the text anew."
            ) from error
        if size > MAX_REQUEST_BYTES:
            raise RowProblemError(
                f"expected a row of at most {MAX_REQUEST_BYTES:,} bytes; found {size:,}. Shorten its text."
            )
        return line

    def _request(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self._with_parameters({INPUTS: value})
        if INPUTS in value:
            return self._with_parameters(self._of_callers(value))
        if self.task is None:
            return value
        names = resolved_columns(self.task, self.columns, value)
        if self.is_custom and not names:
            return value
        row = {canonical: value[name] for canonical, name in names.items()}
        inputs = self.task.inputs_of(row)
        if isinstance(inputs, Problem):
            column = names.get(inputs.column or "", inputs.column)
            raise RowProblemError(str(replace(inputs, column=column)))
        return self._with_parameters({INPUTS: inputs})

    def _of_callers(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a caller sends; other columns of the row are for people. A cell of a table may hold JSON."""
        inputs = value[INPUTS]
        decoded = cells.decoded(inputs)
        if decoded is not inputs and self._takes_only(decoded):
            inputs = decoded
        own = {PARAMETERS: value[PARAMETERS]} if PARAMETERS in value else {}
        return {INPUTS: inputs} | own

    def _takes_only(self, decoded: Any) -> bool:
        """Whether the model takes no text there: a text in brackets stays a text."""
        if self.task is None:
            return isinstance(decoded, dict)
        takes_text = request_problem(self.task.name, {INPUTS: "text"}) is None
        return not takes_text or isinstance(decoded, dict)

    def _with_parameters(self, request: dict[str, Any]) -> dict[str, Any]:
        if not self.parameters or PARAMETERS in request:
            return request
        return request | {PARAMETERS: dict(self.parameters)}
