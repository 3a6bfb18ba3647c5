"""Prodigy: spans, choices and labels, of the records that the annotator accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from functions.inspect.exports.label_lists import labelled
from functions.inspect.exports.spans import are_single
from tasks import Row

_HASHES = {"_input_hash", "_task_hash"}
_ANSWERS = {"accept", "reject", "ignore"}
_LEFT_OUT = {
    "reject": LeftOut("that the annotator rejected"),
    "ignore": LeftOut("that the annotator ignored"),
}
_LEARNT = ("text", "spans", "label")


def recognise(sample: Sequence[Row]) -> Reading | None:
    columns = columns_of(sample)
    answers = values_of(sample, "answer")
    is_answered = bool(answers) and all(
        answer in _ANSWERS for answer in answers if _is_text(answer)
    )
    is_answered = is_answered and all(map(_is_text, answers))
    if "text" not in columns or not (is_answered or columns & _HASHES):
        return None
    if "accept" in columns:
        chosen = [
            row.get("accept")
            for row in sample
            if row.get("answer", "accept") == "accept"
        ]
        is_single = are_single(chosen)
        return Reading(
            _accepted(_choice(is_single)), "an export of Prodigy: the accepted options"
        )
    return Reading(_accepted(_learnt), "an export of Prodigy: the accepted records")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _accepted(
    convert: Callable[[Row], Row | LeftOut],
) -> Callable[[Row], Row | LeftOut]:
    def convert_accepted(row: Row) -> Row | LeftOut:
        return _LEFT_OUT.get(row.get("answer") or "accept") or convert(row)

    return convert_accepted


def _choice(is_single: bool) -> Callable[[Row], Row | LeftOut]:
    def convert(row: Row) -> Row | LeftOut:
        names = row.get("accept") or []
        return labelled(row.get("text"), names, is_single)

    return convert


def _learnt(row: Row) -> Row:
    """The spans where there are any in the export, else the label."""
    names = [name for name in _LEARNT if row.get(name) is not None]
    if "spans" in names and "label" in names:
        names.remove("label")
    return {name: row[name] for name in names}
