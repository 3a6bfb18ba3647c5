"""Numbers as spreadsheets write them: `3,5`, `1.234,5`, `6,896`, `85%`. What a comma means, a whole column says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MISSING_WORDS = frozenset(
    {
        "",
        "nan",
        "-nan",
        "<na>",
        "#n/a",
        "#na",
        "n/a",
        "na",
        "null",
        "nil",
        "none",
        "nat",
        "\\n",
    }
    | {"-", "--", "?", ".", "#value!", "#ref!", "#div/0!", "missing"}
)
"""What stands in a column of numbers where there is no number, in lower case."""

EMPTY = "empty"
MISSING = "missing"
PLAIN = "plain"
DECIMAL_COMMA = "decimal comma"
GROUPS_BY_COMMA = "groups by comma"
EITHER = "decimal comma or groups by comma"
GROUPS = "groups"
_PERCENT = " %"
_FORMS = {
    PLAIN: re.compile(r"\d+|\d*\.\d+|\d+\."),
    GROUPS_BY_COMMA: re.compile(r"\d{1,3}(,\d{3}){2,}|\d{1,3}(,\d{3})+\.\d+"),
    EITHER: re.compile(r"[1-9]\d{0,2},\d{3}"),
    DECIMAL_COMMA: re.compile(r"\d*,\d+|\d{1,3}([. ']\d{3})+,\d+"),
    GROUPS: re.compile(r"\d{1,3}([ ']\d{3})+(\.\d+)?|\d{1,3}(\.\d{3}){2,}"),
}
"""The first form that fits is taken."""
_SPACES = str.maketrans("\u00a0\u202f\u2019\u2212", "  '-")


def form_of(text: str) -> str | None:
    """How a number is written, with ` %` where it is a percentage; None for what is neither a number nor none."""
    if text.lower() in MISSING_WORDS:
        return MISSING if text else EMPTY
    plain = _unsigned(text)
    is_percent = plain.endswith("%")
    digits = plain.removesuffix("%").strip()
    for form, pattern in _FORMS.items():
        if pattern.fullmatch(digits):
            return form + _PERCENT if is_percent else form
    return None


def _unsigned(text: str) -> str:
    return text.translate(_SPACES).strip().removeprefix("-").removeprefix("+").strip()


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are written."""

    has_decimal_comma: bool = False
    are_percentages: bool = False

    def parse(self, text: str) -> float:
        """The number; of a percentage the number before the sign. Raises `ValueError`."""
        number = re.sub(r"[%'\s]", "", text.translate(_SPACES))
        if self.has_decimal_comma and "," in number:
            return float(number.replace(".", "").replace(",", "."))
        groups = number.replace(",", "")
        return float(groups.replace(".", "") if groups.count(".") > 1 else groups)


def format_of(forms: Iterable[str]) -> NumberFormat | None:
    """The one format that all these forms can be of; None where they contradict each other."""
    written = {*forms} - {EMPTY, MISSING}
    percent = {form for form in written if form.endswith(_PERCENT)}
    if percent and percent != written:
        return None
    bare = {form.removesuffix(_PERCENT) for form in written}
    if DECIMAL_COMMA in bare and GROUPS_BY_COMMA in bare:
        return None
    return NumberFormat(DECIMAL_COMMA in bare, bool(percent))
