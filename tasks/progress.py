"""The line a training job prints for each number worth watching, and the regular expressions that find it again."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "[metric]"
_NUMBER = r"(-?(?:nan|inf)|[-+0-9.eE]+)"


def metric_line(**values: float) -> str:
    """`[metric] step=10 train_loss=0.5`: what `metric_definitions` of the same names matches."""
    return " ".join((PREFIX, *(f"{name}={value:.6g}" for name, value in values.items())))


def metric_definitions(names: Iterable[str]) -> list[dict[str, str]]:
    """SageMaker `MetricDefinitions` for `metric_line` (name at most 255, regex at most 500 characters)."""
    return [{"Name": name, "Regex": rf"\[metric\].*\b{name}={_NUMBER}"} for name in names]
