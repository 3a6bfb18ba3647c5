"""Draws figures with matplotlib and reduces them to SVG for the page.

The page's style sheet colours the figures: matplotlib draws in placeholder colours, and each becomes a CSS variable.
Texts stay texts, so that the reader's fonts show them. Nothing in the SVG refers to another address.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, LINE, SURFACE = "#010101", "#020202", "#030303", "#040404"
MODEL, TRIVIAL, REFERENCE, CHAMPION = "#050505", "#060606", "#070707", "#080808"
CSS_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    SURFACE: "surface",
    MODEL: "model",
    TRIVIAL: "trivial",
    REFERENCE: "reference",
    CHAMPION: "champion",
}
"""Placeholder colour -> the variable of `templates/report.css` that replaces it."""

WIDTH_INCHES, HEIGHT_INCHES = 4.4, 2.7
"""Narrow, so that a phone hardly shrinks the texts."""

_STYLE = {
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


@dataclass(frozen=True)
class Figure:
    """One drawing: `body` is what an `<svg>` element holds, `description` is for readers who cannot see it."""

    caption: str
    description: str
    view_box: str
    body: Markup


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw_figure(
    name: str,
    caption: str,
    description: str,
    draw: Callable[[Axes], None],
    height_inches: float = HEIGHT_INCHES,
) -> Figure:
    """The figure that `draw` makes on empty axes; `name` keeps its ids apart from those of other figures."""
    svg = _draw_svg(draw, height_inches)
    view_box = re.search(r'viewBox="([\d. ]+)"', svg)
    return Figure(
        caption,
        description,
        view_box[1] if view_box else "0 0 317 194",
        _inline_body(svg, name),
    )


def _draw_svg(draw: Callable[[Axes], None], height_inches: float) -> str:
    matplotlib = _matplotlib()
    output = io.StringIO()
    # matplotlib's fonts only measure texts: the reader's fonts show them, also letters that are missing here.
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawing = matplotlib.figure.Figure(figsize=(WIDTH_INCHES, height_inches))
        draw(drawing.subplots())
        drawing.savefig(output, format="svg", transparent=True, metadata={"Date": None})
    return output.getvalue()


@cache
def _matplotlib() -> ModuleType:
    """matplotlib, imported late: a job needs it only for the report, and its import takes seconds."""
    with (
        tempfile.TemporaryDirectory(prefix="figures-") as folder,
        _default_variable("MPLCONFIGDIR", folder),
    ):
        import matplotlib.figure  # noqa: PLC0415
        import matplotlib.font_manager  # noqa: PLC0415
    return matplotlib


@contextmanager
def _default_variable(name: str, value: str) -> Iterator[None]:
    """Sets an environment variable that is not set: a container's home, where the cache would be, may be read-only."""
    previous = os.environ.get(name)
    os.environ.setdefault(name, value)
    try:
        yield
    finally:
        if previous is None:
            del os.environ[name]


def _inline_body(svg: str, name: str) -> Markup:
    """The content of the `<svg>` element, without metadata, style sheets and fonts."""
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(
        r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->",
        "",
        body,
        flags=re.DOTALL,
    )
    body = re.sub(r' font-family: [^;"]*;|(?<=[" ])font-family: [^;"]*;', "", body)
    body = re.sub(r'style="[^"]*"', _use_css_variables, body)
    body = re.sub(r'(?<= d=")[^"]*', _round_path, body)
    body = re.sub(r"\s*\n\s*", "\n", _rename_ids(body, name))
    return Markup(body.strip())


def _use_css_variables(style: re.Match[str]) -> str:
    def variable(colour: re.Match[str]) -> str:
        return f"var(--{CSS_VARIABLES[colour[0]]})"

    return re.sub(r"#(0[1-8])\1\1", variable, style[0]).replace("#000000", "var(--ink)")


def _round_path(path: re.Match[str]) -> str:
    """Coordinates with one decimal: a tenth of a point is finer than a screen shows."""
    return re.sub(
        r"-?\d+\.\d+", lambda coordinate: f"{float(coordinate[0]):.1f}", path[0]
    )


def _rename_ids(body: str, name: str) -> str:
    """Keeps only the ids that something refers to, and starts each with the figure's name."""
    references = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', body)
    used = sorted({href or url for href, url in references})
    names = {old: f"{name}-{index}" for index, old in enumerate(used)}

    def new_id(attribute: re.Match[str]) -> str:
        old = attribute[1]
        return f' id="{names[old]}"' if old in names else ""

    body = re.sub(r' id="([^"]*)"', new_id, body)
    body = re.sub(
        r'(?:xlink:)?href="#([^"]+)"',
        lambda reference: f'href="#{names[reference[1]]}"',
        body,
    )
    return re.sub(
        r"url\(#([^)]+)\)", lambda reference: f"url(#{names[reference[1]]})", body
    )
