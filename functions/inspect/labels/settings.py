"""The section `labels` of traindrop.yaml, and the files that are offered where a column of labels leaves a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.problems import Choice
from functions.inspect.common.yaml_text import scalar, settings_text
from functions.inspect.settings_file import Options

COPY_ONE = "or copy this into traindrop.yaml."


def choice(meaning: str, options: Options, **labels: Any) -> Choice:
    """What `labels` settle, beside the task, the columns and the labels that the settings name already."""
    return _choice(meaning, options.task, options, options.labels | labels)


def task_choice(meaning: str, task: str, options: Options) -> Choice:
    return _choice(meaning, task, options, options.labels)


def _choice(
    meaning: str, task: str | None, options: Options, labels: Mapping[str, Any]
) -> Choice:
    return Choice(meaning, settings_text(task, columns=options.columns, labels=labels))


def setting_of(name: str, value: str | Sequence[str] | bool) -> str:
    """A setting of labels on one line, as a message names it."""
    return f"`labels: {{{name}: {scalar(value)}}}`"
