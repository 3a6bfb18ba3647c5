"""The parts of the page that every task has."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from training.report import charts, figures
from training.report.facts import Facts
from training.report.html import (
    Html,
    cut,
    duration,
    element,
    join,
    metric_name,
    number,
    paragraphs,
    plain,
    shortened,
    table,
)
from training.report.verdict import Rival, rivals, sentence_case

CLASSES = 20
REQUEST = 600
Line = tuple[str, str, Mapping[str, float], Mapping[str, Sequence[float]]]
"""Whose it is, name, metrics, intervals."""


def comparison(facts: Facts) -> Html:
    """The model beside its rivals: the gate's metric as bars, every metric as a table."""
    found, others = facts.evaluation, rivals(facts.evaluation)
    intervals = (found.get("intervals") or {}).get("model") or {}
    lines: list[Line] = [("model", "this model", found["model"], intervals)]
    lines += [(each.kind, each.name, each.metrics, each.intervals) for each in others]
    metric = found["metric"]
    bars = [
        (kind, name, values[metric], near.get(metric))
        for kind, name, values, near in lines
        if math.isfinite(values.get(metric, math.nan))
    ]
    chart = charts.comparison(bars, metric_name(metric)) if figures.available() and bars else Html()
    return join([chart, _metrics(found["metric"], list(found["model"]), lines, others)])


def _metrics(metric: str, names: Sequence[str], lines: Sequence[Line], others: Sequence[Rival]) -> Html:
    """Every metric of everyone, and how much the model gains over each rival."""
    rows = [
        [name, *(_with_interval(values.get(each), near.get(each)) for each in names)] for _, name, values, near in lines
    ]
    head, caption = ["", *map(metric_name, names)], "All metrics"
    if lines[0][3]:
        caption += "; small: 95 % intervals"
    if any(each.difference for each in others):
        head.append("gain")
        caption += f"; gain: {metric_name(metric)} of this model less theirs, 95 %"
        for row, gain in zip(rows, (None, *(each.difference for each in others)), strict=True):
            row.append(Html(f"{gain[0]:+.3f} to {gain[1]:+.3f}" if gain else "–"))
    return table(caption, head, rows, "numbers")


def _with_interval(value: Any, interval: Sequence[float] | None) -> Html:
    shown = element("span", number(value))
    if not interval:
        return shown
    return join([shown, " ", element("small", f"{number(interval[0])} to {number(interval[1])}")])


def curves(facts: Facts) -> Html:
    """Loss, learning rate and the gate's metric over the steps."""
    history = facts.evaluation.get("history") or []
    if not figures.available():
        return Html()
    losses = {"training": _line(history, "train_loss"), "validation": _line(history, "eval_loss")}
    found = {name: points for name, points in losses.items() if points}
    drawn = [charts.curve("loss", "Loss by step", found)] if found else []
    metric = facts.evaluation["metric"]
    if points := _line(history, f"eval_{metric}"):
        drawn.append(
            charts.curve("metric", f"{sentence_case(metric_name(metric))} on the validation rows", {metric: points})
        )
    if points := _line(history, "learning_rate"):
        drawn.append(charts.curve("rate", "Learning rate by step", {"learning rate": points}))
    return element("div", *drawn, klass="figures") if drawn else Html()


def _line(history: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    return [(each["step"], each[name]) for each in history if math.isfinite(each.get(name, math.nan))]


def data(facts: Facts) -> Html:
    profile = facts.profile
    if not profile.rows:
        return Html()
    splits = [[name, f"{rows:,}", *_spread(profile.words.get(name, ()))] for name, rows in profile.rows.items()]
    head = ["split", "rows", "words: median", "95 % up to", "longest"]
    drawn = element("div", *_data_figures(facts), klass="figures") if figures.available() else Html()
    return join(
        [table("Rows and the words of an input", head, splits, "numbers"), paragraphs(*_oddities(facts)), drawn]
    )


def _oddities(facts: Facts) -> Iterator[str]:
    """Repeated and cut rows, and those that were left out."""
    profile, leakage = facts.profile, facts.evaluation.get("leakage") or {}
    if profile.repeated:
        yield f"{profile.repeated:,} training rows repeat the input of an earlier one."
    if profile.cut:
        yield f"{profile.cut:.1%} of the training examples reach the most tokens that are read."
    for split, others in (("train", "the validation or test rows hold"), ("validation", "the test rows hold")):
        if count := leakage.get(split):
            yield f"{count:,} rows were left out of {split}, since {others} them too."
    if count := leakage.get("duplicates"):
        yield f"{count:,} held-out rows repeat another one."


def _spread(words: Sequence[int]) -> tuple[str, ...]:
    if not words:
        return ("–",) * 3
    ordered = sorted(words)
    return tuple(f"{ordered[int(share * (len(ordered) - 1))]:,}" for share in (0.5, 0.95, 1))


def _data_figures(facts: Facts) -> list[Html]:
    words, classes = facts.profile.words.get("train", ()), dict(list(facts.profile.classes.items())[:CLASSES])
    drawn = [charts.histogram("lengths", "Words of a training input", words, "words")] if words else []
    if classes:
        more = len(facts.profile.classes) - len(classes)
        caption = f"The {CLASSES} most frequent labels of {len(facts.profile.classes):,}" if more else "Labels"
        listed = ", ".join(f"{shortened(name, 40)} {rows:,}" for name, rows in classes.items())
        drawn.append(
            charts.bars("classes", f"{caption} in the training rows", _by_label(classes), f"{caption}: {listed}.")
        )
    return drawn


def _by_label(classes: Mapping[str, int]) -> dict[str, float]:
    return dict(classes)


def call(facts: Facts) -> Html:
    """A request to the API, to be pasted into a shell."""
    if facts.request is None:
        return Html()
    body = json.dumps(facts.request, ensure_ascii=False)
    if len(body) > REQUEST:
        said = paragraphs("The beginning of a body that it answers:")
        return join([said, element("pre", element("code", cut(body, REQUEST)))])
    shown = paragraphs("Put the API's address and key, which the outputs of the stack name, into these two variables.")
    path = f"/models/{quote(facts.title, safe='')}/predict"
    command = f'curl -H "x-api-key: $TRAINDROP_API_KEY" "$TRAINDROP_API_URL{path}" \\\n  -d {shlex.quote(plain(body))}'
    return join([shown, element("pre", element("code", command))])


def serving(facts: Facts) -> Html:
    """The weights and the graphs that were made of them, side by side."""
    found = facts.evaluation.get("serving") or {}
    if not found:
        return Html()
    said = [found["reason"]] if found["reason"] else []
    if "values" not in found:
        return paragraphs("The weights are served, by torch.", *said)
    names = {"torch": "weights, torch", "float32": "graph, float32", "int8": "graph, int8"}
    rows = [
        [
            names[name] + (" (packed)" if name == found["precision"] else ""),
            f"{value:.4f}",
            f"{found['bytes'][name] / 1e6:,.1f} MB",
        ]
        for name, value in found["values"].items()
    ]
    head = ["", metric_name(found["metric"]), "size"]
    caption = f"On {found['rows']:,} held-out rows; the graphs took {duration(found['seconds'])}"
    about = "A server with ONNX Runtime takes the graph; any other takes the weights."
    return join([paragraphs(about, *said), table(caption, head, rows, "numbers")])


def settings(facts: Facts) -> Html:
    if not facts.hyperparameters:
        return Html()
    values = [(name, cut(value, 200)) for name, value in facts.hyperparameters.items()]
    return element(
        "details", element("summary", "All hyperparameters"), table("Hyperparameters", ["name", "value"], values)
    )


def cost(facts: Facts) -> Html:
    """Time, and what it took: prices differ by region and day, so none is told."""
    training, versions = facts.evaluation.get("training") or {}, facts.evaluation.get("versions") or {}
    lines = [
        ("Base model", facts.base_model),
        ("Run", facts.run),
        ("Instances", facts.machine),
        ("Device", training.get("device", "")),
        ("Training time", duration(training["seconds"]) if "seconds" in training else ""),
        ("Epochs", f"{training['epochs']:g}" if "epochs" in training else ""),
        ("Rows a second", f"{training['rows_per_second']:,.1f}" if "rows_per_second" in training else ""),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
    ]
    known = [line for line in lines if line[1]]
    return table("Time and versions", ["what", "value"], known) if known else Html()
