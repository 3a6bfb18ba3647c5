"""doccano: labels between `#` in its CSV, texts as labels of sequence to sequence, `data` for the text.

Its spans and lists of labels have the shapes that the tasks read anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from functions.inspect.exports.spans import are_single
from tasks import Row

_SEPARATOR = "#"
_MIN_TEXTS = 10
_TEXT_WORDS = 3


def recognise(sample: Sequence[Row]) -> Reading | None:
    if "label" not in (columns := columns_of(sample)) or not columns & {"text", "data"}:
        return None
    values = values_of(sample, "label")
    if _are_joined(values):
        note = "an export of doccano: labels between '#', because each label stands alone too"
        return Reading(_split, note)
    if are_single(values) and _are_texts(
        [item for value in values for item in _items(value)]
    ):
        return Reading(
            _pair, "an export of doccano: a text, and the text that answers it"
        )
    if "text" not in columns and "id" in columns:
        return Reading(_named_text, "an export of doccano: the text is in 'data'")
    return None


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _are_joined(values: list[object]) -> bool:
    """Whether some labels hold `#`, and all between them are labels of other rows."""
    labels = {value for value in values if isinstance(value, str)}
    alone = {label for label in labels if _SEPARATOR not in label}
    joined = labels - alone
    return bool(joined) and all(
        set(label.split(_SEPARATOR)) <= alone for label in joined
    )


def _are_texts(labels: list[object]) -> bool:
    """Whether the labels are rather texts: hardly one comes twice, and most have several words."""
    texts = [label for label in labels if isinstance(label, str)]
    long = sum(len(text.split()) >= _TEXT_WORDS for text in texts)
    is_distinct = len(set(texts)) > len(texts) / 2
    return len(texts) >= _MIN_TEXTS and is_distinct and long > len(texts) / 2


def _split(row: Row) -> Row:
    label = row.get("label")
    return (
        row | {"label": label.split(_SEPARATOR)}
        if isinstance(label, str) and label
        else row
    )


def _pair(row: Row) -> Row | LeftOut:
    texts = _items(row.get("label"))
    if not texts:
        return LeftOut("without an answer")
    return {"input_text": row.get("text", row.get("data")), "target_text": texts[0]}


def _named_text(row: Row) -> Row:
    named = {}
    for name, value in row.items():
        named["text" if name == "data" else name] = value
    return named
