from __future__ import annotations

import sys
from pathlib import Path

from tools.source_modules import ROOT
from tools.walk import Recorder, report, return_count, stays

A, B, C = Path("tasks/a.py"), Path("tasks/b.py"), Path("training/c.py")


def test_repetitions_in_a_row_are_one_stay() -> None:
    assert stays([A, A, B, A, A]) == [A, B, A]


def test_a_return_is_to_the_place_before_the_last() -> None:
    assert return_count([A, B, A, C, B, C]) == 2


def test_the_report_counts_modules_and_folders_and_lists_each_file_once() -> None:
    assert list(report([A, A, B, C, A])) == [
        "3 modules: 4 stays, 0 returns to the place just left",
        "2 folders: 3 stays, 1 returns to the place just left",
        "   1  tasks/a.py",
        "   2  tasks/b.py",
        "   3  training/c.py",
    ]


def test_a_function_is_recorded_at_its_first_call_and_only_in_the_rooms() -> None:
    from tasks.registry import get_task  # noqa: PLC0415

    recorder = Recorder(ROOT)
    sys.setprofile(recorder.profile)
    try:
        get_task("text-classification")
        get_task("text-classification")
    finally:
        sys.setprofile(None)
    assert recorder.files[0] == Path("tasks/registry.py")
    assert recorder.files.count(Path("tasks/registry.py")) == 1
