"""What is wrong with settings once the task is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.settings_file.base import Options
from tasks import Task, names_of

LESS_IS_BETTER = frozenset({"loss", "perplexity", "pseudo_perplexity", "mse", "mae"})
"""Metrics that the gate cannot compare, because more of them is worse."""
_UNSMOOTHED = frozenset({"regression", "multi-label"})


def unfit(options: Options, task: Task, file: str) -> list[Problem]:
    """What the task cannot do with these settings; a hyperparameter that it does not use is fine."""
    rules = (_columns, _metric, _smoothing, _instances)
    return [problem for rule in rules for problem in rule(options, task, file)]


def _columns(options: Options, task: Task, file: str) -> Iterator[Problem]:
    names = [column.name for column in task.columns]
    for name in options.columns:
        if name not in names:
            meant = next(
                (column.name for column in task.columns if column.accepts(name)), None
            ) or _near(name, names)
            expected = f"a column of {names_of(task)[0]}: {', '.join(names)}"
            remedy = f"Did you mean {meant!r}? The task's name stands first, then yours."
            yield options.problem(f"columns.{name}", expected, quoted(name), remedy, file)


def _metric(options: Options, task: Task, file: str) -> Iterator[Problem]:
    metric, fit = (
        options.gate.get("metric"),
        [name for name in task.metrics if name not in LESS_IS_BETTER],
    )
    if metric is not None and metric not in fit:
        actual = (
            f"{quoted(metric)}, of which less is better"
            if metric in task.metrics
            else quoted(metric)
        )
        expected = f"a metric of {names_of(task)[0]} to compare by: {', '.join(fit)}"
        yield options.problem(
            "gate.metric", expected, actual, f"Did you mean {_near(metric, fit)!r}?", file
        )


def _smoothing(options: Options, task: Task, file: str) -> Iterator[Problem]:
    if options.hyperparameters.get("label_smoothing_factor") and task.variant in _UNSMOOTHED:
        key, expected = (
            "hyperparameters.label_smoothing_factor",
            "0: only one label out of several can be smoothed",
        )
        value = options.hyperparameters["label_smoothing_factor"]
        yield options.problem(
            key, expected, f"{value:g} for {names_of(task)[0]}", "Remove it.", file
        )


def _instances(options: Options, task: Task, file: str) -> Iterator[Problem]:
    count = options.compute.get("instance_count", 1)
    if count > 1:
        remedy = (
            "Choose an instance type with more GPUs, such as ml.g5.12xlarge: all of them are used."
        )
        expected = "1: Traindrop's own training runs on one instance, and each more would train the same again"
        yield options.problem("compute.instance_count", expected, str(count), remedy, file)


def _near(name: str, names: Sequence[str]) -> str:
    return get_close_matches(name, names, n=1, cutoff=0.0)[0]
