"""Figures as SVG that lives inside the page: its colours are the page's, its texts stay texts.

matplotlib draws in placeholder colours; what it writes is then reduced to what an inline SVG needs.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from training.report.html import Html, element, join

Axes = Any

INK, MUTED, LINE, SURFACE = "#010101", "#020202", "#030303", "#040404"
MODEL, TRIVIAL, REFERENCE, CHAMPION = "#050505", "#060606", "#070707", "#080808"
_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    SURFACE: "surface",
    MODEL: "model",
    TRIVIAL: "trivial",
    REFERENCE: "reference",
    CHAMPION: "champion",
}
WIDTH, HEIGHT = 4.4, 2.7
"""Inches: narrow, so that on a phone the texts are hardly made smaller."""

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "text.usetex": False,
    # A label may hold dollar signs.
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.constrained_layout.use": True,
}


def available() -> bool:
    return find_spec("matplotlib") is not None


@cache
def _library() -> Any:
    """matplotlib, imported late: the job needs it only here, and the functions never."""
    with tempfile.TemporaryDirectory(prefix="figures-") as folder, _environment("MPLCONFIGDIR", folder):
        import matplotlib.figure  # noqa: PLC0415
        import matplotlib.font_manager  # noqa: PLC0415
    return matplotlib


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A cache in a folder of its own: the home of a container may be read-only."""
    before = os.environ.get(name)
    os.environ.setdefault(name, value)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


def figure(name: str, caption: str, describe: str, draw: Callable[[Axes], None], height: float = HEIGHT) -> Html:
    """A `<figure>`; `name` keeps its ids apart from other figures', `describe` is read to who cannot see it."""
    svg = inline(_drawn(draw, height), name, describe)
    return element("figure", svg, element("figcaption", caption))


def _drawn(draw: Callable[[Axes], None], height: float) -> str:
    library = _library()
    written = io.StringIO()
    # The fonts only measure texts here: a letter that they lack is drawn by the reader's.
    with library.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawing = library.figure.Figure(figsize=(WIDTH, height))
        draw(drawing.subplots())
        drawing.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return written.getvalue()


def inline(svg: str, name: str, describe: str) -> Html:
    """An SVG document as an element of the page, without whatever names another address."""
    box = re.search(r'viewBox="([\d. ]+)"', svg)
    body = svg[svg.index(">", svg.index("<svg")) + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r' font-family: [^;"]*;|(?<=[" ])font-family: [^;"]*;', "", body)
    body = re.sub(r'style="[^"]*"', lambda found: _coloured(found[0]), body)
    body = re.sub(r'(?<= d=")[^"]*', lambda found: _rounded(found[0]), body)
    body = re.sub(r"\s*\n\s*", "\n", _own_ids(body, name)).strip()
    attributes = {"viewBox": box[1] if box else "0 0 317 194", "role": "img", "aria-label": describe}
    opened = element("svg", **attributes).removesuffix("</svg>")
    return join([Html(opened), Html(body)])


def _coloured(style: str) -> str:
    known = re.sub(r"#(0[1-8])\1\1", lambda found: f"var(--{_VARIABLES[found[0]]})", style)
    return known.replace("#000000", "var(--ink)")


def _rounded(path: str) -> str:
    """A tenth of a point is finer than a screen shows."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}", path)


def _own_ids(body: str, name: str) -> str:
    """Only ids that something refers to, under the figure's own name."""
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', body))
    names = {one or other: f"{name}-{number}" for number, (one, other) in enumerate(sorted(used))}
    body = re.sub(r' id="([^"]*)"', lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", body)
    body = re.sub(r'(?:xlink:)?href="#([^"]+)"', lambda found: f'href="#{names[found[1]]}"', body)
    return re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{names[found[1]]})", body)
