"""Label Studio: tasks with their annotations, and JSON-MIN and CSV, in which every annotation is a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from contracts.problems import Problem
from functions.inspect.exports.base import LeftOut, Reading, columns_of
from functions.inspect.exports.label_lists import UNLABELLED
from functions.inspect.exports.spans import one_or_several
from functions.inspect.formats.base import UnreadableError
from tasks import Row
from tasks.cells import decoded

_TOOL_COLUMNS = frozenset(
    [
        "id",
        "annotator",
        "annotation_id",
        "created_at",
        "updated_at",
        "lead_time",
        "agreement",
    ]
)
_CANCELLED = LeftOut("whose annotations were cancelled")
_AGAIN = LeftOut(
    "that annotate a text again: of several annotators the first one counts"
)
_DISPUTED = LeftOut("on whose label as many annotators agree as on another")
_LINK = re.compile(r"(https?|s3|gs)://\S+|/data/\S+")
_RATINGS = ("rating", "number")


def recognise(sample: Sequence[Row]) -> Reading | None:
    """The full export. Raises `UnreadableError` where the tasks hold no texts."""
    if not {"annotations", "data"} <= columns_of(sample):
        return None
    if not all(isinstance(row.get("data"), dict) for row in sample):
        return None
    controls = _controls(sample)
    _require_texts(sample)
    is_single = not any(len(names) > 1 for row in sample for names in _choices(row))
    convert = _Converter(one_name=len(controls) == 1, is_single=is_single)
    note = "an export of Label Studio: of several annotators the majority counts, for spans the first"
    return Reading(convert, note)


def _controls(sample: Sequence[Row]) -> set[str]:
    """The names of what is annotated, such as `sentiment`."""
    return {
        str(item.get("from_name"))
        for row in sample
        for results in _answers(row)
        for item in results
    }


def _require_texts(sample: Sequence[Row]) -> None:
    texts: list[str] = []
    for row in sample:
        values = row["data"].values()
        texts += [value for value in values if isinstance(value, str)]
    if not texts or all(map(_LINK.fullmatch, texts)):
        actual = f"links, such as {texts[0]!r}" if texts else "none in 'data'"
        remedy = "Only texts can be learnt: write them into the tasks themselves."
        raise UnreadableError(Problem("texts", actual, remedy))


def _answers(task: Row) -> list[list[dict[str, Any]]]:
    """The results of the annotations that count."""
    answers = []
    for annotation in task.get("annotations") or []:
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            results = annotation.get("result") or []
            valued = [item for item in results if isinstance(item.get("value"), dict)]
            answers.append(valued)
    return answers


def _choices(task: Row) -> list[list[str]]:
    values = [item["value"] for results in _answers(task) for item in results]
    return [
        value["choices"] for value in values if isinstance(value.get("choices"), list)
    ]


class _Converter:
    """A task as a row: its texts, and what was annotated under `label` or, of several controls, under their names."""

    def __init__(self, *, one_name: bool, is_single: bool) -> None:
        self._one_name = one_name
        self._is_single = is_single

    def __call__(self, task: Row) -> Row | Problem | LeftOut:
        answers = _answers(task)
        if not answers:
            return _CANCELLED if task.get("annotations") else UNLABELLED
        rows = [self._row(results) for results in answers]
        if any("spans" in row for row in rows) or not any(rows):
            return self._with_texts(task, rows[0], is_marked=not any(rows))
        counts = Counter(map(repr, rows)).most_common(2)
        if len(counts) > 1 and counts[0][1] == counts[1][1]:
            return _DISPUTED
        chosen = next(row for row in rows if repr(row) == counts[0][0])
        return self._with_texts(task, chosen)

    def _with_texts(
        self, task: Row, answer: Row, is_marked: bool = False
    ) -> Row | LeftOut:
        texts = {
            name: value
            for name, value in task["data"].items()
            if isinstance(value, str)
        }
        if is_marked and not answer:
            return UNLABELLED
        if len(texts) == 1:
            texts = {"text": next(iter(texts.values()))}
        return texts | answer

    def _row(self, results: list[dict[str, Any]]) -> Row:
        row: Row = {}
        for item in results:
            value = item["value"]
            if isinstance(value.get("labels"), list) and "start" in value:
                row.setdefault("spans", []).append(_span(value))
            elif (answer := _answer(value, self._is_single)) is not None:
                name = "labels" if isinstance(answer, list) else "label"
                row[name if self._one_name else str(item.get("from_name"))] = answer
        return row


def _span(value: dict[str, Any]) -> dict[str, Any]:
    offsets = value.get("globalOffsets") or value
    return {"start": offsets["start"], "end": offsets["end"], "label": value["labels"]}


def _answer(value: dict[str, Any], is_single: bool) -> Any:
    choices = value.get("choices")
    if isinstance(choices, list):
        return one_or_several(choices) if is_single else sorted(choices)
    if isinstance(value.get("text"), list):
        return "\n".join(map(str, value["text"]))
    return next((value[name] for name in _RATINGS if name in value), None)


def recognise_minimal(sample: Sequence[Row]) -> Reading | None:
    """JSON-MIN, and the CSV with the same columns."""
    columns = columns_of(sample)
    if "annotation_id" not in columns and not {"id", "annotator"} <= columns:
        return None
    return Reading(_minimal(sample), "an export of Label Studio")


def _columns_with(
    is_meant: Callable[[object], bool], sample: Sequence[Row]
) -> list[str]:
    """The columns of which some cell is meant, by name."""
    names: set[str] = set()
    for row in sample:
        names.update(name for name, value in row.items() if is_meant(value))
    return sorted(names)


def _minimal(sample: Sequence[Row]) -> Callable[[Row], Row | LeftOut]:
    several = _columns_with(_is_several, sample)
    marked = _columns_with(_is_marked, sample)
    last: list[object] = []

    def convert(row: Row) -> Row | LeftOut:
        task = row.get("id")
        if task is not None and [task] == last:
            return _AGAIN
        last[:] = [task]
        kept = {name: value for name, value in row.items() if name not in _TOOL_COLUMNS}
        if len(several) == 1:
            kept["labels"] = _names(kept.pop(several[0], None))
        if len(marked) == 1:
            kept["spans"] = decoded(kept.pop(marked[0], None)) or []
        return kept

    return convert


def _is_several(value: object) -> bool:
    cell = decoded(value)
    return isinstance(cell, dict) and isinstance(cell.get("choices"), list)


def _is_marked(value: object) -> bool:
    cell = decoded(value)
    spans = cell if isinstance(cell, list) else []
    return bool(spans) and all(
        isinstance(item, dict) and "start" in item for item in spans
    )


def _names(value: object) -> list[Any]:
    cell = decoded(value)
    if isinstance(cell, dict):
        return list(cell.get("choices", []))
    return [] if cell in (None, "") else [cell]
