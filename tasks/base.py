"""The shape every task has. A task module builds one `Task` from these parts and adds a line to `registry`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.problems import Problem

Row = dict[str, Any]
"""One example: raw (the user's column names) or canonical (the task's)."""

Mapping = dict[str, str]
"""Canonical column name -> the user's column name."""


def plain(header: str) -> str:
    """A column's name as names are compared: lower-case, stripped, `Class Index` and `class-index` as `class_index`."""
    return "_".join(header.lower().replace("-", " ").split())


class UnknownTaskError(LookupError):
    """A task was named that the registry does not hold."""


@dataclass(frozen=True)
class Column:
    """One column of a task's canonical rows, and the names users give it (compared as `plain` makes them)."""

    name: str
    aliases: tuple[str, ...]
    required: bool = True
    matches: Callable[[str], bool] | None = None
    """Whether a header names this column though it is no alias, for example by a language's code."""

    def accepts(self, header: str) -> bool:
        name = plain(header)
        return name in (self.name, *self.aliases) or bool(
            self.matches and self.matches(name)
        )


DEFAULTS: dict[str, Any] = {
    "epochs": 1,
    "min_steps": 100,
    "learning_rate": 1e-4,
    "train_batch_size": 32,
    "eval_batch_size": 64,
    "max_length": 256,
    "warmup_ratio": 0.1,
    "weight_decay": 0.01,
    "seed": 42,
}
"""Hyperparameters that a task's own stand before."""


def _fits_any(sample: Sequence[Row]) -> str:
    return ""


def _lacks_nothing(sample: Sequence[Row]) -> tuple[str, ...]:
    return ()


def _no_labels(row: Row) -> Sequence[str]:
    return ()


def _any_dataset(labels: Sequence[str]) -> Problem | None:
    return None


def _one_class(row: Row) -> str | None:
    return None


@dataclass(frozen=True)
class NumberAxes:
    """What a chart calls the true number of a row and the number that the model answers."""

    true: str
    predicted: str
    same_unit: bool = True
    """Whether a right answer is the true number itself; else it only has to rise with it."""


@dataclass(frozen=True)
class Task:
    """Everything the rest of Traindrop asks about a task. Metrics are fractions of 1 unless their name says so."""

    name: str
    """What the Hugging Face pipeline is called; the value of `HF_TASK`."""
    title: str
    columns: tuple[Column, ...]
    metric: str
    """The key of `evaluation.json` metrics that the gate compares; larger is better."""
    metrics: tuple[str, ...]
    architecture_suffixes: tuple[str, ...]
    """How `config.json` may name the model class: `ForSequenceClassification`; empty: it does not show the task."""
    family: str
    """The module below `training/recipes/` and `inference/predictors/` that trains and serves it."""
    defaults: dict[str, Any]
    """Hyperparameters, as `tasks.hyperparameters.Hyperparameters` takes them."""
    request_schema: dict[str, Any]
    """JSON Schema of the body of `POST /models/{model}/predict`."""
    response_schema: dict[str, Any]
    example_inputs: Any
    check_row: Callable[[Row], Row | Problem]
    """A row under canonical names (values as read) -> the canonical row, or what is wrong with it."""
    inputs_of: Callable[[Row], Any]
    """A row under canonical names, without its answer -> the `inputs` of its request, or what is wrong with it."""
    check_dataset: Callable[[Sequence[str]], Problem | None] = _any_dataset
    """The distinct label names of the training rows -> what is wrong with the set as a whole."""
    class_of: Callable[[Row], str | None] = _one_class
    """The class a canonical row is stratified by; None where the task has none."""
    labels_of: Callable[[Row], Sequence[str]] = _no_labels
    """The label names a canonical row holds: `labels` of the spec are all of them, sorted."""
    variant: str = ""
    """Tells apart the variants of one task, which differ in columns, checks or metrics, not in how they are called."""
    variants: tuple[Task, ...] = ()
    """The other variants of this task, of the same name; each is built with `dataclasses.replace`."""
    aliases: tuple[str, ...] = ()
    """What else users call this task, or this variant of it, in `traindrop.yaml`."""
    fits: Callable[[Sequence[Row]], str | None] = _fits_any
    """The first rows under canonical names, values as read -> a clause on why they are of this variant ("" where its
    columns are reason enough), or None where they are not of it."""
    lacks: Callable[[Sequence[Row]], tuple[str, ...]] = _lacks_nothing
    """The first rows under canonical names -> the optional columns that these rows cannot do without."""
    base_model: str | None = None
    """Hub id of the base model where nobody names one; None: the stack's `BaseModel`, an encoder."""
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

    stripped: tuple[str, ...] = ()
    """The columns of texts, in the order of a canonical row, that `check_row` only strips, and refuses if empty."""
    shared: tuple[str, ...] = ()
    """The canonical columns whose texts rows may have in common, such as the passage of many questions: rows with one
    text, or one chat's beginning, are never divided between train and held-out rows."""
    use_sentence: str = "What it was trained for."
    """What a model of this task is for, as the model card says it."""
    pipeline_call: str = ""
    """A Python expression that calls the transformers pipeline `model` with `{inputs}`; empty where not every version
    of transformers that can load the model has a pipeline that answers as the endpoint does."""
    row_metric: str = ""
    """The metric of single held-out rows in the report; empty: `metric`."""
    number_axes: NumberAxes | None = None
    """How the report names true and predicted numbers, for tasks that answer with numbers."""
    answer_field: str = "generated_text"
    """The field of an answer, of a task that writes a text."""
    pipeline_parameters: dict[str, Any] = field(default_factory=dict)
    """The parameters of a request whose default in the Hugging Face pipeline is another than here, with that one."""

    answers_resemble_sources: bool = False
    """Whether the source as it is makes a fair trivial baseline of a text, as in translation."""
    answers_condense_sources: bool = False
    """Whether the first words of the source make a fair reference baseline of a text, as in summarization."""

    in_pieces: bool = False
    """Whether training reads long texts piece by piece; elsewhere what is beyond `max_length` is lost."""

    @property
    def all_variants(self) -> tuple[Task, ...]:
        """The task itself, and its other variants."""
        return (self, *self.variants)
