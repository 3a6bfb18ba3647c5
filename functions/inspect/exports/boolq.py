"""BoolQ: questions about a passage that are answered by true or false, a class and no part of the passage."""

from __future__ import annotations

from collections.abc import Sequence

from functions.inspect.exports.base import Reading, columns_of, values_of
from tasks import Row

_PASSAGES = ("passage", "context")
_ANSWERS = ("answer", "label")
_WORDS = frozenset({"true", "false", "yes", "no"})


def recognise(sample: Sequence[Row]) -> Reading | None:
    columns = columns_of(sample)
    passage = next((name for name in _PASSAGES if name in columns), None)
    answer = next((name for name in _ANSWERS if name in columns), None)
    if "question" not in columns or passage is None or answer is None:
        return None
    answers = values_of(sample, answer)
    if not answers or not all(_is_judgement(value) for value in answers):
        return None

    def convert(row: Row) -> Row:
        texts = {"text": row.get("question"), "text_pair": row.get(passage)}
        return texts | {"label": row.get(answer)}

    return Reading(
        convert,
        f"questions answered by true or false: classes of question and {passage}",
    )


def _is_judgement(value: object) -> bool:
    """Tables hold true and false as text."""
    return isinstance(value, bool) or (
        isinstance(value, str) and value.strip().lower() in _WORDS
    )
