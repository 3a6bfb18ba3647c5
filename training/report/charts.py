"""The charts of the report, each drawn from plain numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from training.report.figures import (
    CHAMPION,
    INK,
    LINE,
    MODEL,
    MUTED,
    REFERENCE,
    SURFACE,
    TRIVIAL,
    Figure,
    draw_figure,
)
from training.report.text import metric_name, number, one_line, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from contracts.evaluation import CalibrationBin

LABEL_WIDTH = 18
"""Columns of a label beside an axis."""
MAX_NUMBERED_LABELS = 12
"""The cells of a confusion matrix show their counts up to this many labels."""
HISTOGRAM_BINS = 24
MAX_MARKED_POINTS = 30
"""A line with at most this many points has a marker at each."""

Style = dict[str, Any]
"""Keyword arguments of matplotlib."""
CELL_TEXT: Style = {"ha": "center", "va": "center", "fontsize": 9}
DIAGONAL: Style = {"color": MUTED, "linewidth": 1, "linestyle": "--"}
DOT: Style = {"s": 16, "color": MODEL, "alpha": 0.55, "linewidths": 0}
WHISKER: Style = {"color": INK, "linewidth": 1.2, "marker": "|", "markersize": 7}

Kind = Literal["model", "champion", "reference", "trivial"]
Point = tuple[float, float]
COLOURS: dict[Kind, str] = {
    "model": MODEL,
    "champion": CHAMPION,
    "reference": REFERENCE,
    "trivial": TRIVIAL,
}


@dataclass(frozen=True)
class Bar:
    """One model's value; `interval` is (lower, upper)."""

    kind: Kind
    name: str
    value: float
    interval: Sequence[float] | None = None

    @property
    def end(self) -> float:
        """The larger end of the bar, its whisker included."""
        return max(self.value, *(self.interval or [self.value]), 0)


def axis_label(name: object, width: int = LABEL_WIDTH) -> str:
    """The name cut to `width` columns; a wide letter takes two."""
    text, columns = "", 0
    for letter in one_line(name):
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if columns > width:
            return f"{text.rstrip()}…"
        text += letter
    return text or "(empty)"


def curve(name: str, caption: str, lines: Mapping[str, Sequence[Point]]) -> Figure:
    """One line per title over the training steps; a point is (step, value). At most two lines."""

    def draw(axes: Axes) -> None:
        colours = iter((MODEL, REFERENCE))
        for title, points in lines.items():
            steps, values = zip(*points, strict=True)
            marker = "o" if len(points) <= MAX_MARKED_POINTS else ""
            colour = next(colours)
            axes.plot(
                steps, values, color=colour, label=title, marker=marker, markersize=3.5
            )
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 5))
        axes.set_xlabel("step")
        axes.margins(x=0.02)
        if len(lines) > 1:
            axes.legend(labelcolor=INK)

    clauses = []
    for title, points in lines.items():
        first, last = points[0][1], points[-1][1]
        clauses.append(f"{title} from {number(first)} to {number(last)}")
    description = f"{caption}: {', '.join(clauses)}."
    return draw_figure(name, caption, description, draw)


def comparison(bars: Sequence[Bar], metric: str) -> Figure:
    """One bar per model, with a whisker for its interval."""

    def draw(axes: Axes) -> None:
        for place, bar in enumerate(bars):
            colour = COLOURS[bar.kind]
            axes.barh(place, bar.value, height=0.6, color=colour)
            if bar.interval:
                axes.plot(bar.interval, (place, place), **WHISKER)
            _write_value(axes, bar.value, (bar.end, place))
        labels = [axis_label(bar.name, 24) for bar in bars]
        _label_bars(axes, labels)
        axes.margins(x=0.16)
        axes.set_xlabel(name)

    name = metric_name(metric)
    caption = f"{sentence_case(name)} on the held-out rows"
    if any(bar.interval for bar in bars):
        caption += "; whiskers show 95 % intervals"
    values = [f"{bar.name} {number(bar.value)}" for bar in bars]
    description = f"{name}: {'; '.join(values)}."
    height = 0.9 + 0.5 * len(bars)
    return draw_figure("compare", caption, description, draw, height)


def counts(
    name: str, caption: str, values: Mapping[str, int], description: str
) -> Figure:
    """One bar per label."""

    def draw(axes: Axes) -> None:
        rows = list(values.values())
        axes.barh(range(len(rows)), rows, color=MODEL, height=0.7)
        for place, value in enumerate(rows):
            _write_value(axes, value, (value, place), distance=4, size=9)
        labels = [axis_label(label) for label in values]
        _label_bars(axes, labels)
        axes.margins(x=0.16, y=0.02)

    height = 0.7 + 0.27 * max(3, len(values))
    return draw_figure(name, caption, description, draw, height)


def _write_value(
    axes: Axes, value: float, end: Point, distance: int = 5, size: int | None = None
) -> None:
    """Writes the value behind the end of its bar; distance and size in points."""
    axes.annotate(
        number(value),
        end,
        (distance, 0),
        textcoords="offset points",
        va="center",
        fontsize=size,
    )


def _label_bars(axes: Axes, labels: Sequence[str]) -> None:
    """Names the horizontal bars, the first at the top."""
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def histogram(
    name: str, caption: str, values: Sequence[float], axis: str, shares: bool = False
) -> Figure:
    """How many rows have which value; `shares` says that the values are shares of 1."""

    def draw(axes: Axes) -> None:
        bins = _histogram_bins(values, shares)
        axes.hist(values, bins=bins, color=MODEL, rwidth=0.92)
        axes.locator_params(axis="x", integer=not shares)
        axes.locator_params(axis="y", integer=True)
        axes.set_xlabel(axis)
        axes.set_ylabel("rows")
        axes.grid(visible=False, axis="x")
        axes.tick_params(axis="x", length=0)

    ordered = sorted(values)
    low, median, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    span = f"from {number(low)} to {number(high)}"
    half = f"half of them up to {number(median)}"
    description = f"{caption}: {len(values):,} rows, {span}, {half}."
    return draw_figure(name, caption, description, draw)


def _histogram_bins(values: Sequence[float], shares: bool) -> list[float] | int:
    """The edges of the bins, or their number; values within a short range have a bin per whole number."""
    if shares:
        return [edge / 20 for edge in range(21)]
    low, high = int(min(values)), int(max(values))
    if high - low < HISTOGRAM_BINS:
        return [edge - 0.5 for edge in range(low, high + 2)]
    return HISTOGRAM_BINS


def scatter(
    points: Sequence[Point], axis_names: tuple[str, str], diagonal: bool
) -> Figure:
    """One dot per held-out row; a point is (true, predicted). `diagonal` draws the line where both are equal."""
    true_name, predicted_name = axis_names

    def draw(axes: Axes) -> None:
        true, predicted = zip(*points, strict=True)
        if diagonal:
            ends = (min(true), max(true))
            axes.plot(ends, ends, **DIAGONAL)
        axes.scatter(true, predicted, **DOT)
        axes.set_xlabel(true_name)
        axes.set_ylabel(predicted_name)

    caption = (
        f"{predicted_name.capitalize()} by {true_name}, {len(points):,} held-out rows"
    )
    if diagonal:
        caption += "; on the dashed line both agree"
    return draw_figure("scatter", caption, f"{caption}.", draw, 3.6)


def two_histograms(groups: Mapping[str, Sequence[float]], axis: str) -> Figure:
    """The values of at most two groups over the same bins."""

    def draw(axes: Axes) -> None:
        edges = _equal_bins(list(chain(*groups.values())))
        colours = iter((MODEL, REFERENCE))
        for title, values in groups.items():
            colour = next(colours)
            axes.hist(values, bins=edges, color=colour, alpha=0.6, label=title)
        axes.set_xlabel(axis)
        axes.set_ylabel("pairs")
        axes.legend(labelcolor=INK)

    clauses = []
    for title, values in groups.items():
        mean = sum(values) / len(values)
        clauses.append(f"{title} {number(mean)} on average")
    caption = f"How far {' and '.join(groups)} are told apart"
    description = f"{axis}: {', '.join(clauses)}."
    return draw_figure("apart", caption, description, draw)


def _equal_bins(values: Sequence[float]) -> list[float]:
    """The edges of bins of equal width over all values."""
    low, high = min(values), max(values)
    span = high - low or 1.0
    indices = range(HISTOGRAM_BINS + 1)
    return [low + span * index / HISTOGRAM_BINS for index in indices]


def confusion(
    matrix: Sequence[Sequence[int]], labels: Sequence[str], caption: str
) -> Figure:
    """A cell per pair of labels, shaded by its share of the row; rows are true labels, columns predicted ones."""
    numbered = len(labels) <= MAX_NUMBERED_LABELS

    def draw(axes: Axes) -> None:
        for y, row in enumerate(matrix):
            _draw_cells(axes, y, row, numbered)
        names = [axis_label(name, 14) for name in labels]
        _label_cells(axes, names, upright=not numbered)

    correct = sum(row[index] for index, row in enumerate(matrix))
    total = sum(map(sum, matrix))
    description = f"{caption}: {correct:,} of {total:,} on the diagonal."
    description += " The table of confusions has the numbers."
    height = min(5.4, 1.7 + 0.32 * max(4, len(labels)))
    return draw_figure("confusion", caption, description, draw, height)


def _draw_cells(axes: Axes, y: int, row: Sequence[int], numbered: bool) -> None:
    """One row of the matrix; empty cells stay empty."""
    total = sum(row)
    for x, count in enumerate(row):
        if not count:
            continue
        share = count / total
        axes.barh(y, 0.94, 0.94, left=x - 0.47, color=MODEL, alpha=share)
        if numbered:
            colour = SURFACE if share > 0.5 else INK
            axes.text(x, y, f"{count:,}", color=colour, **CELL_TEXT)


def _label_cells(axes: Axes, labels: Sequence[str], upright: bool) -> None:
    places = range(len(labels))
    slope, alignment = (90, "center") if upright else (45, "top")
    axes.set_xticks(
        places, labels, rotation=slope, ha="right", va=alignment, rotation_mode="anchor"
    )
    axes.set_yticks(places, labels)
    start, end = -0.5, len(labels) - 0.5
    axes.set(xlim=(start, end), ylim=(end, start))
    axes.set(xlabel="predicted", ylabel="true")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set(visible=True, color=LINE)


def reliability(expected_error: float, bins: Sequence[CalibrationBin]) -> Figure:
    """The share of right answers by their score; on the diagonal a score is the share. Empty bins are left out."""
    filled = [interval for interval in bins if interval.rows]

    def draw(axes: Axes) -> None:
        starts = [interval.low for interval in filled]
        widths = [(interval.high - interval.low) * 0.94 for interval in filled]
        confidences = [interval.confidence or 0.0 for interval in filled]
        accuracies = [interval.accuracy or 0.0 for interval in filled]
        axes.bar(starts, accuracies, widths, align="edge", color=MODEL, alpha=0.75)
        axes.plot((0, 1), (0, 1), **DIAGONAL)
        axes.plot(confidences, accuracies, "o", color=INK, ms=4)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set(xlabel="score of the answer", ylabel="share that is right")

    caption = f"Reliability: expected calibration error {number(expected_error)}"
    clauses = []
    for interval in filled:
        score, accuracy = number(interval.confidence), number(interval.accuracy)
        clauses.append(f"at {score} right in {accuracy}")
    description = f"{caption}; {', '.join(clauses)}."
    return draw_figure("reliability", caption, description, draw, 3.2)
