"""What is wrong with settings once the task is known."""

from __future__ import annotations

from functions.logic.options.base import Options
from tasks import Problem, Task


def unfit(options: Options, task: Task, file: str) -> list[Problem]:
    """What the task cannot do with these settings; a hyperparameter that it does not use is fine."""
    return []
