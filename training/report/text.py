"""Pieces of HTML; every text that comes from outside passes through `text` or `cut`."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

_UNSHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Characters that HTML forbids, and those that turn the direction of what stands around them."""
_NAMES = {
    "f1": "F1",
    "bleu": "BLEU",
    "chrf": "chrF",
    "mse": "MSE",
    "mae": "MAE",
    "top_1": "top-1 accuracy",
    "pearson": "Pearson's r",
    "spearman": "Spearman's ρ",
}
LONG = 600


class Html(str):
    """A text that is HTML already."""


def text(value: Any) -> Html:
    return value if isinstance(value, Html) else Html(html.escape(plain(value)))


def plain(value: Any) -> str:
    """A value as a text without characters that no page may hold; structures as JSON."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", shown)


def shortened(value: Any, most: int) -> str:
    shown = plain(value)
    return shown if len(shown) <= most else f"{shown[: most - 1].rstrip()}…"


def cut(value: Any, most: int = LONG) -> Html:
    return text(shortened(value, most))


def join(parts: Iterable[str]) -> Html:
    return Html("".join(map(text, parts)))


def element(name: str, *content: str, **attributes: str) -> Html:
    """`klass` is the class; other underscores are hyphens."""
    pairs = ((key.replace("klass", "class").replace("_", "-"), value) for key, value in attributes.items())
    given = "".join(f' {key}="{html.escape(plain(value))}"' for key, value in pairs)
    return Html(f"<{name}{given}>{join(content)}</{name}>")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], klass: str = "") -> Html:
    """The first cell of a row is its header; the table scrolls inside its own box."""
    columns = element("tr", *(element("th", name, scope="col") for name in head))
    lines = (
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))
        for first, *rest in rows
    )
    body = (element("caption", caption), element("thead", columns), element("tbody", *lines))
    inner = element("table", *body, **({"klass": klass} if klass else {}))
    return element("div", inner, klass="scroll", tabindex="0", role="region", aria_label=caption)


def paragraphs(*sentences: str, klass: str = "") -> Html:
    return join(element("p", sentence, **({"klass": klass} if klass else {})) for sentence in sentences if sentence)


def number(value: Any) -> str:
    """Three decimals of what is near 1, four digits of what is not, whole numbers as they are."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else plain(value)
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if abs(value) < 1000:
        return f"{value:.3f}" if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) < 1e6 else f"{value:.3g}"


def metric_name(name: str) -> str:
    """`macro_f1` as `macro F1`."""
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith("rouge"):
        return f"ROUGE-{name.removeprefix('rouge')}"
    return " ".join(_NAMES.get(word, word) for word in name.split("_"))


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
