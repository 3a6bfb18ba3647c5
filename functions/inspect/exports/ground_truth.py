"""SageMaker Ground Truth's output manifest: `source`, an attribute of the labelling job, and its `-metadata`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contracts.problems import Problem
from functions.inspect.exports.base import LeftOut, Reading, columns_of
from functions.inspect.exports.label_lists import UNLABELLED
from functions.inspect.exports.spans import span
from functions.inspect.formats.base import UnreadableError
from tasks import Row

_METADATA = "-metadata"
_FAILED = LeftOut("whose labelling failed")


def recognise(sample: Sequence[Row]) -> Reading | None:
    """Raises `UnreadableError` where the texts lie in other files, or several jobs have labelled them."""
    columns = columns_of(sample)
    jobs = sorted(name for name in columns if f"{name}{_METADATA}" in columns)
    if not jobs or not columns & {"source", "source-ref"}:
        return None
    if "source" not in columns:
        remedy = "Write the texts themselves into 'source'; images cannot be learnt."
        raise UnreadableError(
            Problem("texts in 'source'", "links in 'source-ref'", remedy)
        )
    if len(jobs) > 1:
        remedy = "Keep the labels of one job."
        raise UnreadableError(
            Problem("labels of one labelling job", ", ".join(jobs), remedy)
        )
    return Reading(
        _convert(jobs[0]),
        f"a manifest of SageMaker Ground Truth: the labels of {jobs[0]!r}",
    )


def _convert(job: str) -> Callable[[Row], Row | Problem | LeftOut]:
    def convert(row: Row) -> Row | Problem | LeftOut:
        metadata = row.get(f"{job}{_METADATA}")
        if not isinstance(metadata, dict) or row.get(job) is None:
            return UNLABELLED
        if "failure-reason" in metadata:
            return _FAILED
        return {"text": row.get("source"), **_answer(row[job], metadata)}

    return convert


def _answer(value: Any, metadata: dict[str, Any]) -> Row:
    annotations = value.get("annotations") if isinstance(value, dict) else None
    if isinstance(annotations, dict):
        entities = annotations.get("entities", [])
        return {
            "spans": [
                span(entity, "startOffset", "endOffset", "label") for entity in entities
            ]
        }
    names = metadata.get("class-map")
    if isinstance(names, dict):
        return {"labels": list(names.values())}
    return {"label": metadata.get("class-name", value)}
