"""The result of a batch: every row as it came, in order, with its answer or its error beside it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from contracts.batch import BatchFormat
from functions.batch.rows import InputRow, InputTable

ANSWER, ERROR, INPUTS, LINE = "answer", "error", "inputs", "line"
NOT_ONE_VALUE = "the model's answers to this row and others are not one JSON value each"


@dataclass(frozen=True)
class RowOutcome:
    """What became of a row: a JSON value, or an error."""

    answer: Any = None
    error: str = ""


def answers_in(body: str, count: int) -> list[RowOutcome]:
    """The answers to the requests of a shard, one JSON value for each; a container may print it over several lines."""
    values = list(_json_values(body))
    if len(values) != count:
        lines = [line for line in body.split("\n") if line.strip()]
        # What a model's own code writes may be no JSON.
        values = lines if len(lines) == count else []
    if not values:
        return [RowOutcome(error=NOT_ONE_VALUE)] * count
    return [RowOutcome(value) for value in values]


def _json_values(body: str) -> Iterator[Any]:
    """The values one after another, up to what is no JSON."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(body):
        if body[position].isspace():
            position += 1
            continue
        try:
            value, position = decoder.raw_decode(body, position)
        except ValueError:
            return
        yield value


def answer_alone(inputs: Any, item: Any) -> Any:
    """What `inputs` alone is answered, by its item in the answer to a list: a text's one object is in a list then.

    So pipelines do, and so do the predictors: `"a film"` is answered with `[{"label", "score"}]`, `["a film"]` too.
    """
    return [item] if isinstance(inputs, str) and isinstance(item, dict) else item


def flat(answer: Any) -> dict[str, Any] | None:
    """The columns of an answer that is one object of plain values, also in lists of one; None of any other."""
    while isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if not isinstance(answer, dict) or not answer:
        return None
    if any(isinstance(value, dict | list) for value in answer.values()):
        return None
    return answer


class AnswerColumns:
    """Which columns a table of all answers has: those of their objects, or `answer` with JSON."""

    def __init__(self, outcomes: Iterable[RowOutcome]) -> None:
        self._fields: dict[str, None] = {}
        self._is_flat = True
        for outcome in outcomes:
            if not outcome.error:
                self._add(outcome.answer)

    def _add(self, answer: Any) -> None:
        columns = flat(answer)
        if columns is None:
            self._is_flat = False
        else:
            self._fields.update(dict.fromkeys(columns))

    @property
    def names(self) -> list[str]:
        return list(self._fields) if self._is_flat and self._fields else [ANSWER]

    def cells(self, outcome: RowOutcome) -> list[str]:
        """Of one row, in the order of `names`; empty of a row without an answer."""
        if outcome.error:
            return [""] * len(self.names)
        columns = flat(outcome.answer) if self.names != [ANSWER] else None
        if columns is None:
            return [cell_text(outcome.answer)]
        return [cell_text(columns.get(name)) for name in self.names]


def cell_text(value: Any) -> str:
    """A JSON value as a table holds it: a text as it is, nothing of null, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def free_name(name: str, taken: Iterable[str]) -> str:
    """A column's name that the rows do not have: `label`, else `predicted_label`, `predicted_label_2`, …"""
    names = set(taken)
    if name not in names:
        return name
    candidate, number = f"predicted_{name}", 1
    while candidate in names:
        number += 1
        candidate = f"predicted_{name}_{number}"
    return candidate


def write_result(
    table: InputTable,
    outcomes: Iterable[RowOutcome],
    columns: AnswerColumns,
    target: TextIO,
) -> None:
    """`outcomes` are those of the rows, in order."""
    if table.format is BatchFormat.CSV:
        _write_csv(table, outcomes, columns, target)
        return
    for row, outcome in zip(table.rows, outcomes, strict=True):
        target.write(json.dumps(_json_row(row, outcome), ensure_ascii=False) + "\n")


def row_object(row: InputRow) -> Mapping[str, Any]:
    """A row as an object: one that is none is in `inputs`, one that cannot be read in `line`."""
    if row.problem:
        return {LINE: row.value}
    return row.value if isinstance(row.value, dict) else {INPUTS: row.value}


def _json_row(row: InputRow, outcome: RowOutcome) -> Mapping[str, Any]:
    value = dict(row_object(row))
    if outcome.error:
        return value | {free_name(ERROR, value): outcome.error}
    return value | {free_name(ANSWER, value): outcome.answer}


def _write_csv(
    table: InputTable,
    outcomes: Iterable[RowOutcome],
    columns: AnswerColumns,
    target: TextIO,
) -> None:
    writer = csv.writer(target, delimiter=table.delimiter)
    added = [free_name(name, table.header) for name in (*columns.names, ERROR)]
    writer.writerow([*table.header, *added])
    width = len(table.header)
    for row, outcome in zip(table.rows, outcomes, strict=True):
        cells = _as_wide(row.cells, width)
        writer.writerow([*cells, *columns.cells(outcome), outcome.error])


def _as_wide(cells: Sequence[str], width: int) -> Sequence[str]:
    """The cells of a row, filled up; what is too much stays in the last one, so that the answers keep their columns."""
    if len(cells) <= width:
        return [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], ",".join(cells[width - 1 :])]
