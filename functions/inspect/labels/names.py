"""Names of labels in a column beside their numbers, as `label_text` beside `label`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from functions.common.text import quoted
from functions.inspect.detection.detection import Detection
from tasks import Row, cells
from tasks.text_classification import TASK

_ENDINGS = ("_text", "_name", "_names", "_str", "_string")


def with_named_labels(
    detection: Detection, columns: Sequence[str], sample: Sequence[Row]
) -> Detection:
    """Reads the names where the labels are whole numbers and each has one name of its own."""
    header = detection.mapping.get("label")
    if (detection.task.name, detection.task.variant) != (
        TASK.name,
        TASK.variant,
    ) or not header:
        return detection
    wanted = [header.lower() + ending for ending in _ENDINGS]
    for name in columns:
        pairs = [
            (cells.text(row.get(header)), cells.text(row.get(name))) for row in sample
        ]
        if name.lower() in wanted and _names(pairs):
            return _with_label(detection, header, name)
    return detection


def _with_label(detection: Detection, header: str, name: str) -> Detection:
    """The detection with the labels in `name` instead of the numbers in `header`."""
    reason = (
        f"{quoted(name)} names the numbers in {quoted(header)}: the names are learnt."
    )
    first, *rest = detection.reasons
    first = first.replace(f"{quoted(header)} as label", f"{quoted(name)} as label")
    rest = [text for text in rest if not text.startswith((quoted(name), "Not used"))]
    mapping = {**detection.mapping, "label": name}
    return replace(detection, mapping=mapping, reasons=(first, *rest, reason))


def _names(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether whole numbers and words stand one to one."""
    distinct = {pair for pair in pairs if all(pair)}
    numbers, names = {number for number, _ in distinct}, {name for _, name in distinct}
    are_numbers = all(number.lstrip("-").isdigit() for number in numbers)
    are_words = all(cells.number(name) is None for name in names)
    are_paired = len(numbers) == len(names) == len(distinct)
    return bool(distinct) and are_paired and are_numbers and are_words
