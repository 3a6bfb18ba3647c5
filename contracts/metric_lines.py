"""The line a training job prints for each number worth watching, and the regular expressions that find it again."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "[metric]"
_NUMBER = r"(-?(?:nan|inf)|[-+0-9.eE]+)"


def metric_line(**values: float) -> str:
    """`[metric] step=10 train_loss=0.5`: what `metric_definitions` of the same names matches."""
    return " ".join(
        (PREFIX, *(f"{name}={value:.6g}" for name, value in values.items()))
    )


def parse_metric_line(line: str) -> dict[str, float] | None:
    """The values of a `metric_line`; None of any other line."""
    prefix, _, text = line.strip().partition(" ")
    if prefix != PREFIX:
        return None
    values = {}
    for word in text.split():
        name, _, number = word.partition("=")
        try:
            values[name] = float(number)
        except ValueError:
            return None
    return values


TRAINER_METRICS = (
    "loss",
    "learning_rate",
    "epoch",
    "eval_loss",
    "eval_accuracy",
    "eval_f1",
    "eval_precision",
    "eval_recall",
    "eval_runtime",
    "train_loss",
    "train_runtime",
    "train_samples_per_second",
)


def trainer_definitions() -> list[dict[str, str]]:
    """For the dictionaries that `Trainer` prints, with bare numbers or, in newer releases, quoted ones."""
    return [
        {"Name": name, "Regex": rf"'{name}': '?{_NUMBER}"} for name in TRAINER_METRICS
    ]


def metric_definitions(names: Iterable[str]) -> list[dict[str, str]]:
    """SageMaker `MetricDefinitions` for `metric_line` (name at most 255, regex at most 500 characters)."""
    return [
        {"Name": name, "Regex": rf"\[metric\].*\b{name}={_NUMBER}"} for name in names
    ]
