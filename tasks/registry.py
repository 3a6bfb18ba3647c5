"""The list of tasks: a new task is one module beside this one and one line here."""

from difflib import get_close_matches

from tasks import text_classification
from tasks.base import Task, UnknownTaskError

TASKS: dict[str, Task] = {task.name: task for task in (text_classification.TASK,)}


def get_task(name: str) -> Task:
    """The task called `name`; raises `UnknownTaskError` naming the nearest one."""
    try:
        return TASKS[name]
    except KeyError:
        nearest = get_close_matches(name, TASKS, n=1, cutoff=0.0)
        raise UnknownTaskError(f"no task is called {name!r}; did you mean {nearest[0]!r}?") from None
