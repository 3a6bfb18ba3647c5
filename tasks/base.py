"""The shape every task has. A task module builds one `Task` from these parts and adds a line to `registry`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
"""One example: raw (the user's column names) or canonical (the task's)."""

Mapping = dict[str, str]
"""Canonical column name -> the user's column name."""


class UnknownTaskError(LookupError):
    """A task was named that the registry does not hold."""


@dataclass(frozen=True)
class Column:
    """One column of a task's canonical rows, and the names users give it (compared lower-case, stripped)."""

    name: str
    aliases: tuple[str, ...]
    required: bool = True

    def accepts(self, header: str) -> bool:
        return header.strip().lower() in (self.name, *self.aliases)


@dataclass(frozen=True)
class Problem:
    """Why a drop was refused: where, what was expected, what was found, what to do. Every part is a clause."""

    expected: str
    found: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None

    @property
    def where(self) -> str:
        column = f"column {self.column!r}" if self.column else None
        return ", ".join(p for p in (self.file, f"row {self.row}" if self.row else None, column) if p)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}expected {self.expected}; found {self.found}. {self.remedy}"


@dataclass(frozen=True)
class Task:
    """Everything the rest of Traindrop asks about a task. Metrics are fractions of 1 unless their name says so."""

    name: str
    title: str
    columns: tuple[Column, ...]
    metric: str
    """The key of `evaluation.json` metrics that the gate compares; larger is better."""
    metrics: tuple[str, ...]
    architecture_suffix: str
    """How `config.json` names the model class, for example `ForSequenceClassification`."""
    defaults: dict[str, Any]
    """Hyperparameters as `training/` takes them."""
    request_schema: dict[str, Any]
    """JSON Schema of the body of `POST /models/{model}/predict`."""
    response_schema: dict[str, Any]
    example_inputs: str
    check_row: Callable[[Row], Row | Problem]
    """A row under canonical names (values as read) -> the canonical row, or what is wrong with it."""
    check_dataset: Callable[[Sequence[str]], Problem | None]
    """The distinct class names of the training rows -> what is wrong with the set as a whole."""
    class_of: Callable[[Row], str | None]
    """The class a canonical row is stratified by; None where the task has none."""
    progress: tuple[str, ...] = field(
        default=(
            "step",
            "total_steps",
            "epoch",
            "train_loss",
            "learning_rate",
            "rows_per_second",
            "seconds_left",
        )
    )
    """Names on the training job's `[metric]` lines, next to `eval_<metric>`."""
    targets: tuple[str, ...] = ("label",)
    """The canonical columns that hold the answer; rows that agree in all others are the same example."""
