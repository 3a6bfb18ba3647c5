"""The charts of the report, each drawn from plain numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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

Kind = Literal["model", "champion", "reference", "trivial"]
Point = tuple[float, float]
COLOURS: dict[Kind, str] = {"model": MODEL, "champion": CHAMPION, "reference": REFERENCE, "trivial": TRIVIAL}


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
        for (title, points), colour in zip(lines.items(), (MODEL, REFERENCE), strict=False):
            marker = "o" if len(points) <= MAX_MARKED_POINTS else ""
            axes.plot(*zip(*points, strict=True), color=colour, label=title, marker=marker, markersize=3.5)
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 5))
        axes.set_xlabel("step")
        axes.margins(x=0.02)
        if len(lines) > 1:
            axes.legend(labelcolor=INK)

    ends = []
    for title, points in lines.items():
        ends.append(f"{title} from {number(points[0][1])} to {number(points[-1][1])}")
    return draw_figure(name, caption, f"{caption}: {', '.join(ends)}.", draw)


def comparison(bars: Sequence[Bar], metric: str) -> Figure:
    """One bar per model, with a whisker for its interval."""

    def draw(axes: Axes) -> None:
        for place, bar in enumerate(bars):
            axes.barh(place, bar.value, color=COLOURS[bar.kind], height=0.6)
            if bar.interval:
                axes.plot(bar.interval, (place, place), color=INK, linewidth=1.2, marker="|", markersize=7)
            axes.annotate(number(bar.value), (bar.end, place), (5, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(bars)), [axis_label(bar.name, 24) for bar in bars], color=INK)
        axes.invert_yaxis()
        axes.margins(x=0.16)
        axes.set_xlabel(metric_name(metric))
        _keep_vertical_grid(axes)

    caption = f"{sentence_case(metric_name(metric))} on the held-out rows"
    if any(bar.interval for bar in bars):
        caption += "; whiskers show 95 % intervals"
    values = "; ".join(f"{bar.name} {number(bar.value)}" for bar in bars)
    height = 0.9 + 0.5 * len(bars)
    return draw_figure("compare", caption, f"{metric_name(metric)}: {values}.", draw, height)


def counts(name: str, caption: str, values: Mapping[str, int], description: str) -> Figure:
    """One bar per label."""

    def draw(axes: Axes) -> None:
        places = range(len(values))
        axes.barh(places, list(values.values()), color=MODEL, height=0.7)
        for place, value in zip(places, values.values(), strict=True):
            axes.annotate(number(value), (value, place), (4, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set_yticks(places, [axis_label(label) for label in values], color=INK)
        axes.invert_yaxis()
        axes.margins(x=0.16, y=0.02)
        _keep_vertical_grid(axes)

    return draw_figure(name, caption, description, draw, 0.7 + 0.27 * max(3, len(values)))


def histogram(name: str, caption: str, values: Sequence[float], axis: str, shares: bool = False) -> Figure:
    """How many rows have which value; `shares` says that the values are shares of 1."""

    def draw(axes: Axes) -> None:
        axes.hist(values, bins=_histogram_bins(values, shares), color=MODEL, rwidth=0.92)
        axes.xaxis.get_major_locator().set_params(integer=not shares)
        axes.set_xlabel(axis)
        axes.set_ylabel("rows")
        axes.yaxis.get_major_locator().set_params(integer=True)
        _keep_horizontal_grid(axes)

    median = sorted(values)[len(values) // 2]
    span = f"from {number(min(values))} to {number(max(values))}"
    description = f"{caption}: {len(values):,} rows, {span}, half of them up to {number(median)}."
    return draw_figure(name, caption, description, draw)


def _histogram_bins(values: Sequence[float], shares: bool) -> list[float] | int:
    """The edges of the bins, or their number; values within a short range have a bin per whole number."""
    if shares:
        return [edge / 20 for edge in range(21)]
    low, high = int(min(values)), int(max(values))
    if high - low < HISTOGRAM_BINS:
        return [edge - 0.5 for edge in range(low, high + 2)]
    return HISTOGRAM_BINS


def scatter(points: Sequence[Point], axis_names: tuple[str, str], diagonal: bool) -> Figure:
    """One dot per held-out row; a point is (true, predicted). `diagonal` draws the line where both are equal."""
    true_name, predicted_name = axis_names

    def draw(axes: Axes) -> None:
        true, predicted = zip(*points, strict=True)
        if diagonal:
            ends = (min(true), max(true))
            axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--")
        axes.scatter(true, predicted, s=16, color=MODEL, alpha=0.55, linewidths=0)
        axes.set_xlabel(true_name)
        axes.set_ylabel(predicted_name)

    caption = f"{predicted_name.capitalize()} by {true_name}, {len(points):,} held-out rows"
    if diagonal:
        caption += "; on the dashed line both agree"
    return draw_figure("scatter", caption, f"{caption}.", draw, 3.6)


def two_histograms(groups: Mapping[str, Sequence[float]], axis: str) -> Figure:
    """The values of at most two groups over the same bins."""

    def draw(axes: Axes) -> None:
        low, high = min(map(min, groups.values())), max(map(max, groups.values()))
        span = high - low or 1.0
        edges = [low + span * index / HISTOGRAM_BINS for index in range(HISTOGRAM_BINS + 1)]
        for (title, values), colour in zip(groups.items(), (MODEL, REFERENCE), strict=False):
            axes.hist(values, bins=edges, color=colour, alpha=0.6, label=title)
        axes.set_xlabel(axis)
        axes.set_ylabel("pairs")
        axes.legend(labelcolor=INK)

    means = []
    for title, values in groups.items():
        means.append(f"{title} {number(sum(values) / len(values))} on average")
    caption = f"How far {' and '.join(groups)} are told apart"
    return draw_figure("apart", caption, f"{axis}: {', '.join(means)}.", draw)


def confusion(matrix: Sequence[Sequence[int]], labels: Sequence[str], caption: str) -> Figure:
    """A cell per pair of labels, shaded by its share of the row; rows are true labels, columns predicted ones."""
    numbered = len(labels) <= MAX_NUMBERED_LABELS

    def draw(axes: Axes) -> None:
        for y, row in enumerate(matrix):
            for x, count in enumerate(row):
                _draw_cell(axes, (x, y), count, count / max(1, sum(row)), numbered)
        _label_cells(axes, [axis_label(name, 14) for name in labels], upright=not numbered)

    correct = sum(matrix[index][index] for index in range(len(labels)))
    total = sum(map(sum, matrix))
    description = f"{caption}: {correct:,} of {total:,} on the diagonal. The table of confusions has the numbers."
    height = min(5.4, 1.7 + 0.32 * max(4, len(labels)))
    return draw_figure("confusion", caption, description, draw, height)


def _draw_cell(axes: Axes, place: tuple[int, int], count: int, share: float, numbered: bool) -> None:
    x, y = place
    if not count:
        return
    axes.barh(y, 0.94, 0.94, left=x - 0.47, color=MODEL, alpha=share)
    if numbered:
        colour = SURFACE if share > 0.5 else INK
        axes.text(x, y, f"{count:,}", ha="center", va="center", color=colour, fontsize=9)


def _label_cells(axes: Axes, labels: Sequence[str], upright: bool) -> None:
    places = range(len(labels))
    slope, alignment = (90, "center") if upright else (45, "top")
    axes.set_xticks(places, labels, rotation=slope, ha="right", va=alignment, rotation_mode="anchor")
    axes.set_yticks(places, labels)
    end = len(labels) - 0.5
    axes.set(xlim=(-0.5, end), ylim=(end, -0.5), xlabel="predicted", ylabel="true")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set(visible=True, color=LINE)


def reliability(expected_error: float, bins: Sequence[CalibrationBin]) -> Figure:
    """The share of right answers by their score; on the diagonal a score is the share. Empty bins are left out."""
    filled = [interval for interval in bins if interval.rows]

    def draw(axes: Axes) -> None:
        for interval in filled:
            width = interval.high - interval.low
            axes.bar(interval.low, interval.accuracy, width * 0.94, align="edge", color=MODEL, alpha=0.75)
        axes.plot((0, 1), (0, 1), color=MUTED, linewidth=1, linestyle="--")
        confidences = [interval.confidence for interval in filled]
        accuracies = [interval.accuracy for interval in filled]
        axes.plot(confidences, accuracies, "o", color=INK, ms=4)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="score of the answer", ylabel="share that is right")

    caption = f"Reliability: expected calibration error {number(expected_error)}"
    values = []
    for interval in filled:
        values.append(f"at {number(interval.confidence)} right in {number(interval.accuracy)}")
    return draw_figure("reliability", caption, f"{caption}; {', '.join(values)}.", draw, 3.2)


def _keep_vertical_grid(axes: Axes) -> None:
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _keep_horizontal_grid(axes: Axes) -> None:
    axes.grid(visible=False, axis="x")
    axes.tick_params(axis="x", length=0)
