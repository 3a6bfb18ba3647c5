from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.problems import Problem
from tasks import TASKS, Column, UnknownTaskError, get_task

ROOT = Path(__file__).parents[3]


def test_tasks_need_no_library() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tasks",
        ],
        check=False,
    )
    assert done.returncode == 0


def test_tasks_load_no_library_where_there_are_some() -> None:
    heavy = ("torch", "transformers", "pandas", "pyarrow", "numpy", "boto3", "yaml")
    modules = ", ".join(f"tasks.{path.stem}" for path in (ROOT / "tasks").glob("[a-z]*.py"))
    code = f"import sys, {modules}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_tasks_gate_metric_is_one_of_its_metrics(task) -> None:  # type: ignore[no-untyped-def]
    assert task.metric in task.metrics


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UnknownTaskError, match="no task is called 'text-clasification'; did you mean 'text-class"
    ):
        get_task("text-clasification")


def test_columns_accept_their_aliases_whatever_the_case() -> None:
    assert Column("label", ("class",)).accepts(" Class ")
    assert not Column("label", ("class",)).accepts("classes")


def test_a_row_is_cleaned_or_refused_with_its_column() -> None:
    task = get_task("text-classification")
    assert task.check_row({"text": " a ", "label": 1, "text_pair": ""}) == {
        "text": "a",
        "label": "1",
    }
    refused = task.check_row({"text": "a", "label": None})
    assert isinstance(refused, Problem)
    assert refused.column == "label"


def test_one_class_is_no_dataset() -> None:
    problem = get_task("text-classification").check_dataset(["only"])
    assert problem is not None
    assert problem.expected == "at least two different labels"
