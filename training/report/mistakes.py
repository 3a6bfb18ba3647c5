"""Where the model is wrong: the parts that differ by what a task answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.report import charts, figures
from training.report.facts import Facts
from training.report.html import Html, cut, element, join, metric_name, number, paragraphs, shortened, table
from training.report.verdict import sentence_case

MATRIX = 20
"""Labels whose confusions are drawn."""
PAIRS = 15
LABELS = 20
MISTAKES = 10
SAMPLES = 5
Matrix = Sequence[Sequence[int]]


def drawn(facts: Facts) -> Html:
    """What can be seen at a glance, side by side where there is room."""
    found = [part(facts) for part in (_confusion, _points, _reliability)] if figures.available() else []
    return element("div", *found, klass="figures") if any(found) else Html()


def _confusion(facts: Facts) -> Html:
    """Of many labels only those with most errors."""
    matrix, names = facts.evaluation.get("confusion"), facts.evaluation.get("labels") or []
    if not matrix or not sum(map(sum, matrix)):
        return Html()
    chosen = _worst(matrix)
    caption = "True and predicted labels, shaded by share of the true label's rows"
    if len(chosen) < len(names):
        caption += f": the {len(chosen)} of {len(names):,} labels with most errors"
    part = [[matrix[one][other] for other in chosen] for one in chosen]
    return charts.confusion(part, [names[i] for i in chosen], caption)


def _worst(matrix: Matrix) -> list[int]:
    errors = [sum(row) - row[i] for i, row in enumerate(matrix)]
    for row in matrix:
        for other, count in enumerate(row):
            errors[other] += count
    errors = [count - matrix[i][i] for i, count in enumerate(errors)]
    return sorted(sorted(range(len(matrix)), key=lambda i: -errors[i])[:MATRIX])


def confusions(facts: Facts) -> Html:
    """The pairs of labels most often mistaken for each other."""
    matrix, names = facts.evaluation.get("confusion") or [], facts.evaluation.get("labels") or []
    found = [(count, i, j) for i, row in enumerate(matrix) for j, count in enumerate(row) if count and i != j]
    found.sort(key=lambda each: (-each[0], *each[1:]))
    rows = [
        (cut(names[i], 60), cut(names[j], 60), f"{count:,}", f"{count / sum(matrix[i]):.0%}")
        for count, i, j in found[:PAIRS]
    ]
    if not rows:
        return paragraphs("Nothing was confused.") if matrix else Html()
    head = ["true", "predicted", "rows", "share of true label"]
    return table("The most frequent confusions", head, rows, "numbers")


def _reliability(facts: Facts) -> Html:
    calibration = facts.evaluation.get("calibration")
    if not calibration or not any(each["rows"] for each in calibration["bins"]):
        return Html()
    return charts.reliability(calibration)


def label_scores(facts: Facts) -> Html:
    """F1 a label, of many the worst."""
    found: Mapping[str, Any] = facts.evaluation.get("label_metrics") or {}
    worst = sorted(found.items(), key=lambda item: item[1]["f1"])[:LABELS]
    if not worst:
        return Html()
    caption = f"The {LABELS} labels with the lowest F1, of {len(found):,}" if len(found) > LABELS else "F1 a label"
    rows = [(cut(name, 60), number(float(each["f1"])), number(each.get("rows"))) for name, each in worst]
    return table(caption, ["label", "F1", "held-out rows"], rows, "numbers")


def _points(facts: Facts) -> Html:
    """The rows one by one: true and predicted numbers, or how the rows' scores are spread."""
    found = facts.points
    if found.scatter:
        return _scatter(facts)
    if not found.scores:
        return Html()
    name = metric_name(found.score_name)
    unit = max(found.scores) <= 1
    return charts.histogram("scores", f"{sentence_case(name)} of single held-out rows", found.scores, name, unit)


def _scatter(facts: Facts) -> Html:
    pairs = facts.points.scatter
    if facts.evaluation["task"] != "feature-extraction":
        return charts.scatter(pairs, ("true number", "predicted number"), diagonal=True)
    if {true for true, _ in pairs} <= {0.0, 1.0}:
        groups = {
            "true pairs": [c for true, c in pairs if true],
            "shuffled pairs": [c for true, c in pairs if not true],
        }
        return charts.two_histograms({name: values for name, values in groups.items() if values}, "cosine similarity")
    return charts.scatter(pairs, ("true similarity", "cosine similarity"), diagonal=False)


def mistakes(facts: Facts) -> Html:
    """Held-out rows with the worst answers, as texts."""
    return _cards(
        [
            {name: each[name] for name in ("input", "expected", "found", "score") if each.get(name) is not None}
            | {"title": f"Held-out row {each['row'] + 1:,}" if each.get("row") is not None else "A held-out row"}
            for each in (facts.evaluation.get("mistakes") or [])[:MISTAKES]
        ]
    )


def samples(facts: Facts) -> Html:
    """What the model writes."""
    return _cards(
        [{"title": f"Sample {i}", **_opened(each)} for i, each in enumerate(facts.evaluation.get("samples") or [], 1)][
            :SAMPLES
        ]
    )


def _opened(sample: Mapping[str, Any]) -> dict[str, Any]:
    """A request as its input alone."""
    rest = {name: value for name, value in sample.items() if name != "request"}
    request = sample.get("request")
    return (
        {"input": request.get("inputs", request) if isinstance(request, Mapping) else request, **rest}
        if request
        else rest
    )


def _cards(cards: Sequence[Mapping[str, Any]]) -> Html:
    return join(_card(card) for card in cards)


def _card(card: Mapping[str, Any]) -> Html:
    parts = []
    for name, value in card.items():
        if name != "title":
            shown = cut(number(value) if isinstance(value, float) else _lines(value))
            title = shortened(sentence_case(metric_name(name)), 40)
            parts.append(element("div", element("dt", title), element("dd", shown, dir="auto")))
    return element("article", element("h3", card["title"]), element("dl", *parts), klass="card")


def _lines(value: Any) -> Any:
    """Fields, or messages of a chat, one a line."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list) and value and all(isinstance(each, Mapping) and "content" in each for each in value):
        return "\n".join(f"{each.get('role', '')}: {each['content']}" for each in value)
    return value
