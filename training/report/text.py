"""Formats values for readers; the templates use these functions as filters."""

from __future__ import annotations

import json
import math
import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SHORTENED_LENGTH = 600
"""Characters of a text that the report shows, unless it says otherwise."""

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Characters that HTML forbids, and those that change the direction of the text around them."""

_METRIC_NAMES = {
    "f1": "F1",
    "bleu": "BLEU",
    "chrf": "chrF",
    "mse": "MSE",
    "mae": "MAE",
    "top_1": "top-1 accuracy",
    "pearson": "Pearson's r",
    "spearman": "Spearman's ρ",
}


def plain(value: object) -> str:
    """The value as a text without the characters that HTML forbids; anything but a `str` becomes JSON."""
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
    return _FORBIDDEN.sub(REPLACEMENT, text)


def one_line(value: object) -> str:
    """The plain text with every run of white space as one space."""
    return " ".join(plain(value).split())


def shorten(value: object, length: int = SHORTENED_LENGTH) -> str:
    """The plain text, cut to `length` characters; the last one is then an ellipsis."""
    text = plain(value)
    if len(text) <= length:
        return text
    return f"{text[: length - 1].rstrip()}…"


def number(value: object) -> str:
    """A `float` with three decimals near 1 and four digits elsewhere, an `int` with separators, `–` for `None`."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return plain(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _float(value)
    return plain(value)


def _float(value: float) -> str:
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite"
    size = abs(value)
    if 0 < size < 0.001:
        return f"{value:.1e}"
    if size < 1000:
        return f"{value:.3f}"
    return f"{value:,.0f}" if size < 1e6 else f"{value:.3g}"


def metric_name(name: str) -> str:
    """A metric's name for readers: `macro_f1` becomes `macro F1`."""
    if name in _METRIC_NAMES:
        return _METRIC_NAMES[name]
    if name.startswith("rouge"):
        return f"ROUGE-{name.removeprefix('rouge')}"
    return " ".join(_METRIC_NAMES.get(word, word) for word in name.split("_"))


def duration(seconds: float) -> str:
    """Seconds below two minutes, minutes below two hours, else hours."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def sentence_case(words: str) -> str:
    """The words with the first letter in upper case and the others as they are."""
    return words[:1].upper() + words[1:]
