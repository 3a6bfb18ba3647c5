"""What is wrong with settings once the task is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.problems import Problem
from functions.common.text import nearest, quoted
from functions.inspect.settings_file.base import Options
from tasks import Task, names_of

LESS_IS_BETTER = frozenset({"loss", "perplexity", "pseudo_perplexity", "mse", "mae"})
"""Metrics that the gate cannot compare, because more of them is worse."""
_UNSMOOTHED = frozenset({"regression", "multi-label"})


def unfit(options: Options, task: Task, file: str) -> list[Problem]:
    """What the task cannot do with these settings; a hyperparameter that it does not use is fine."""
    rules = (_columns, _labels, _metric, _smoothing, _instances)
    return [problem for rule in rules for problem in rule(options, task, file)]


def _columns(options: Options, task: Task, file: str) -> Iterator[Problem]:
    names = [column.name for column in task.columns]
    for name in options.columns:
        if name not in names:
            expected = f"a column of {names_of(task)[0]}: {', '.join(names)}"
            remedy = f"{_column_suggestion(name, task)} The task's name stands first, then yours."
            yield options.problem(
                f"columns.{name}", expected, quoted(name), remedy, file
            )


def _labels(options: Options, task: Task, file: str) -> Iterator[Problem]:
    if options.labels and task.name != "text-classification":
        expected, actual = "labels only for text-classification", names_of(task)[0]
        yield options.problem(
            "labels", expected, actual, "Remove the section labels.", file
        )


def _column_suggestion(name: str, task: Task) -> str:
    for column in task.columns:
        if column.accepts(name):
            return f"Did you mean {column.name!r}?"
    return _suggestion(name, [column.name for column in task.columns])


def _metric(options: Options, task: Task, file: str) -> Iterator[Problem]:
    metric = options.gate.get("metric")
    comparable = [name for name in task.metrics if name not in LESS_IS_BETTER]
    if metric is None or metric in comparable:
        return
    actual = quoted(metric)
    if metric in task.metrics:
        actual += ", of which less is better"
    expected = f"a metric of {names_of(task)[0]} to compare by: {', '.join(comparable)}"
    yield options.problem(
        "gate.metric", expected, actual, _suggestion(metric, comparable), file
    )


def _smoothing(options: Options, task: Task, file: str) -> Iterator[Problem]:
    if (
        options.hyperparameters.get("label_smoothing_factor")
        and task.variant in _UNSMOOTHED
    ):
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
        remedy = "Choose an instance type with more GPUs, such as ml.g5.12xlarge: all of them are used."
        expected = "1: Traindrop's own training runs on one instance, and each more would train the same again"
        yield options.problem(
            "compute.instance_count", expected, str(count), remedy, file
        )


def _suggestion(name: str, names: Sequence[str]) -> str:
    guess = nearest(name, list(names))
    return (
        f"Did you mean {guess!r}?"
        if guess
        else f"Choose one of them, such as {names[0]!r}."
    )
