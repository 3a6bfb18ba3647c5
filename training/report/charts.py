"""The figures of the report, each from plain numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from training.report.figures import CHAMPION, INK, LINE, MODEL, MUTED, REFERENCE, SURFACE, TRIVIAL, Axes, figure
from training.report.html import Html, number, plain

NUMBERED = 12
"""Labels up to which the cells of a confusion matrix show their counts."""
LABEL_WIDTH = 18
COLOURS = {"model": MODEL, "champion": CHAMPION, "reference": REFERENCE, "trivial": TRIVIAL}
Bar = tuple[str, str, float, Sequence[float] | None]
"""Whose it is (a key of `COLOURS`), name, value, interval."""


def label(value: Any, most: int = LABEL_WIDTH) -> str:
    """A name short enough to stand beside an axis; wide letters count twice."""
    shown, width = "", 0
    for letter in " ".join(plain(value).split()):
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width > most:
            return f"{shown.rstrip()}…"
        shown += letter
    return shown or "(empty)"


def curve(name: str, caption: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> Html:
    """Lines over the steps, the first in the model's colour."""

    def draw(axes: Axes) -> None:
        for (title, points), colour in zip(lines.items(), (MODEL, REFERENCE), strict=False):
            few = len(points) <= 30
            axes.plot(*zip(*points, strict=True), color=colour, label=title, marker="o" if few else "", markersize=3.5)
        axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 5))
        axes.set_xlabel("step")
        axes.margins(x=0.02)
        if len(lines) > 1:
            axes.legend(labelcolor=INK)

    ends = (f"{title} from {number(points[0][1])} to {number(points[-1][1])}" for title, points in lines.items())
    return figure(name, caption, f"{caption}: {', '.join(ends)}.", draw)


def comparison(bars: Sequence[Bar], metric: str) -> Html:
    """Values as bars with whiskers for their intervals."""

    def draw(axes: Axes) -> None:
        for place, (kind, _, value, interval) in enumerate(bars):
            axes.barh(place, value, color=COLOURS[kind], height=0.6)
            end = max(value, *(interval or [value]), 0)
            if interval:
                axes.plot(interval, (place, place), color=INK, linewidth=1.2, marker="|", markersize=7)
            axes.annotate(number(value), (end, place), (5, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(bars)), [label(name, 24) for _, name, _, _ in bars], color=INK)
        axes.invert_yaxis()
        axes.margins(x=0.16)
        axes.set_xlabel(metric)
        _only(axes, "x")

    said = "; ".join(f"{name} {number(value)}" for _, name, value, _ in bars)
    caption = f"{metric[:1].upper()}{metric[1:]} on the held-out rows"
    caption += "; whiskers show 95 % intervals" if any(interval for *_, interval in bars) else ""
    return figure("compare", caption, f"{metric}: {said}.", draw, height=0.9 + 0.5 * len(bars))


def bars(name: str, caption: str, values: Mapping[str, float], described: str) -> Html:
    def draw(axes: Axes) -> None:
        places = range(len(values))
        axes.barh(places, list(values.values()), color=MODEL, height=0.7)
        for place, value in zip(places, values.values(), strict=True):
            axes.annotate(number(value), (value, place), (4, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set_yticks(places, [label(each) for each in values], color=INK)
        axes.invert_yaxis()
        axes.margins(x=0.16, y=0.02)
        _only(axes, "x")

    return figure(name, caption, described, draw, height=0.7 + 0.27 * max(3, len(values)))


def _only(axes: Axes, grid: str) -> None:
    """Grid lines across the bars alone."""
    axes.grid(visible=False, axis="y" if grid == "x" else "x")
    axes.tick_params(axis="y" if grid == "x" else "x", length=0)


def histogram(name: str, caption: str, values: Sequence[float], axis: str, unit: bool = False) -> Html:
    """`unit`: the values are shares of 1."""

    def draw(axes: Axes) -> None:
        axes.hist(values, bins=_bins(values, unit), color=MODEL, rwidth=0.92)
        axes.xaxis.get_major_locator().set_params(integer=not unit)
        axes.set_xlabel(axis)
        axes.set_ylabel("rows")
        axes.yaxis.get_major_locator().set_params(integer=True)
        _only(axes, "y")

    middle = sorted(values)[len(values) // 2]
    described = f"{caption}: {len(values):,} rows, from {number(min(values))} to {number(max(values))}, half of them "
    return figure(name, caption, f"{described}up to {number(middle)}.", draw)


def _bins(values: Sequence[float], unit: bool) -> list[float] | int:
    """Of few whole numbers, one bin each."""
    if unit:
        return [i / 20 for i in range(21)]
    low, high = int(min(values)), int(max(values))
    return [number - 0.5 for number in range(low, high + 2)] if high - low < 24 else 24


def scatter(points: Sequence[tuple[float, float]], axes_names: tuple[str, str], diagonal: bool) -> Html:
    """True values across, predicted ones up; the diagonal is where they agree."""

    def draw(axes: Axes) -> None:
        true, said = zip(*points, strict=True)
        if diagonal:
            ends = (min(true), max(true))
            axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle="--")
        axes.scatter(true, said, s=16, color=MODEL, alpha=0.55, linewidths=0)
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])

    caption = f"{axes_names[1].capitalize()} by {axes_names[0]}, {len(points):,} held-out rows"
    caption += "; on the dashed line both agree" if diagonal else ""
    return figure("scatter", caption, f"{caption}.", draw, height=3.6)


def two_histograms(groups: Mapping[str, Sequence[float]], axis: str) -> Html:
    def draw(axes: Axes) -> None:
        low, high = min(map(min, groups.values())), max(map(max, groups.values()))
        edges = [low + (high - low or 1.0) * i / 24 for i in range(25)]
        for (title, values), colour in zip(groups.items(), (MODEL, REFERENCE), strict=False):
            axes.hist(values, bins=edges, color=colour, alpha=0.6, label=title)
        axes.set_xlabel(axis)
        axes.set_ylabel("pairs")
        axes.legend(labelcolor=INK)

    means = ", ".join(f"{title} {number(sum(values) / len(values))} on average" for title, values in groups.items())
    return figure("apart", f"How far {' and '.join(groups)} are told apart", f"{axis}: {means}.", draw)


def confusion(matrix: Sequence[Sequence[int]], names: Sequence[str], caption: str) -> Html:
    """Cells shaded by their share of the row, which is the true label's."""
    shown = [label(name, 14) for name in names]

    def draw(axes: Axes) -> None:
        for y, counts in enumerate(matrix):
            for x, count in enumerate(counts):
                share = count / max(1, sum(counts))
                if share:
                    axes.barh(y, 0.94, 0.94, left=x - 0.47, color=MODEL, alpha=share)
                if len(names) <= NUMBERED and count:
                    colour = SURFACE if share > 0.5 else INK
                    axes.text(x, y, f"{count:,}", ha="center", va="center", color=colour, fontsize=9)
        slope = 45 if len(names) <= NUMBERED else 90
        centred = "center" if slope == 90 else "top"
        axes.set_xticks(range(len(names)), shown, rotation=slope, ha="right", va=centred, rotation_mode="anchor")
        axes.set_yticks(range(len(names)), shown)
        axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5), xlabel="predicted", ylabel="true")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set(visible=True, color=LINE)

    right = sum(matrix[i][i] for i in range(len(names)))
    total = sum(map(sum, matrix))
    described = f"{caption}: {right:,} of {total:,} on the diagonal. The table of confusions has the numbers."
    return figure("confusion", caption, described, draw, height=min(5.4, 1.7 + 0.32 * max(4, len(names))))


def reliability(calibration: Mapping[str, Any]) -> Html:
    """How often the model is right, by how sure it says it is; where the bars meet the line, its scores are shares."""
    filled = [each for each in calibration["bins"] if each["rows"]]

    def draw(axes: Axes) -> None:
        for each in filled:
            width = each["high"] - each["low"]
            axes.bar(each["low"], each["accuracy"], width * 0.94, align="edge", color=MODEL, alpha=0.75)
        axes.plot((0, 1), (0, 1), color=MUTED, linewidth=1, linestyle="--")
        axes.plot([each["confidence"] for each in filled], [each["accuracy"] for each in filled], "o", color=INK, ms=4)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="score of the answer", ylabel="share that is right")

    caption = f"Reliability: expected calibration error {number(calibration['ece'])}"
    said = (f"at {number(each['confidence'])} right in {number(each['accuracy'])}" for each in filled)
    return figure("reliability", caption, f"{caption}; {', '.join(said)}.", draw, height=3.2)
