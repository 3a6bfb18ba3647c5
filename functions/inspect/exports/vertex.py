"""Vertex AI's import files (JSON Lines) for texts."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.inspect.exports.base import Reading, columns_of
from functions.inspect.exports.spans import span
from functions.inspect.formats.base import UnreadableError
from tasks import Row

_ANSWERS = {
    "classificationAnnotation",
    "classificationAnnotations",
    "textSegmentAnnotations",
    "sentimentAnnotation",
}


def recognise(sample: Sequence[Row]) -> Reading | None:
    """Raises `UnreadableError` where the texts lie in other files."""
    columns = columns_of(sample)
    if not columns & _ANSWERS:
        return None
    if "textContent" not in columns:
        remedy = "Write the texts themselves into 'textContent'."
        raise UnreadableError(
            Problem("texts in 'textContent'", "links to other files", remedy)
        )
    return Reading(_convert, "an import file of Vertex AI")


def _convert(row: Row) -> Row:
    text = {"text": row.get("textContent")}
    if (one := row.get("classificationAnnotation")) is not None:
        return text | {"label": one.get("displayName")}
    if (score := row.get("sentimentAnnotation")) is not None:
        return text | {"label": score.get("sentiment")}
    if (several := row.get("classificationAnnotations")) is not None:
        return text | {"labels": [item.get("displayName") for item in several]}
    segments = row.get("textSegmentAnnotations") or []
    return text | {
        "spans": [
            span(item, "startOffset", "endOffset", "displayName") for item in segments
        ]
    }
