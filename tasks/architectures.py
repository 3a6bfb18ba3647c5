"""Which task a model class is for, by its name in `config.json`."""

from __future__ import annotations

from tasks.registry import TASKS


def suffixes() -> tuple[str, ...]:
    return tuple(suffix for task in TASKS.values() for suffix in task.architecture_suffixes)


def task_of_architecture(name: str) -> str | None:
    """The task whose suffix fits best: `BertForTokenClassification` is for token-classification."""
    fitting = [
        (len(suffix), task.name)
        for task in TASKS.values()
        for suffix in task.architecture_suffixes
        if name.endswith(suffix)
    ]
    return max(fitting)[1] if fitting else None
