"""The section `labels` of traindrop.yaml, and the files that are offered where a column of labels leaves a choice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.problems import Choice
from functions.inspect.settings_file import Options
from functions.inspect.yaml_text import scalar

COPY = "Copy one of these into traindrop.yaml."
COPY_ONE = "or copy this into traindrop.yaml."


def choice(meaning: str, options: Options, **labels: Any) -> Choice:
    """What `labels` settle, beside the task, the columns and the labels that the settings name already."""
    return Choice(meaning, settings_text(options.task, options.columns, options.labels | labels))


def task_choice(meaning: str, task: str, options: Options) -> Choice:
    return Choice(meaning, settings_text(task, options.columns, options.labels))


def settings_text(task: str | None, columns: Mapping[str, str], labels: Mapping[str, Any]) -> str:
    lines = [f"task: {task}"] if task else []
    if columns:
        lines += ["columns:", *(f"  {name}: {scalar(header)}" for name, header in columns.items())]
    if labels:
        lines += ["labels:", *(f"  {name}: {_value(value)}" for name, value in labels.items())]
    return "\n".join(lines)


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def setting_of(name: str, value: str | Sequence[str] | bool) -> str:
    """A setting of labels on one line, as a message names it."""
    return f"`labels: {{{name}: {_value(value)}}}`"
