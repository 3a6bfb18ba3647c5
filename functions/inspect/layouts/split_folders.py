"""`train/`, and optionally `validation/` and `test/`, each a folder of tables, as many exports write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.named_splits import SPLITS


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    nested = [file.name for file in files if "/" in file.name]
    if not nested:
        return None
    folders: dict[str, list[DropFile]] = defaultdict(list)
    for file in files:
        folders[file.name.rpartition("/")[0].lower()].append(file)
    if not folders.keys() <= SPLITS.keys():
        return Problem(
            "data files directly in the model's folder, or in folders called train, validation and test",
            listed(nested),
            "Move the files up into datasets/<model>/, or drop each folder as a model of its own.",
        )
    return _unreadable(files) or _plan(folders)


def _unreadable(files: Sequence[DropFile]) -> Problem | None:
    return next(
        (problem for file in files if (problem := format_problem(file.name, file.extension))), None
    )


def _plan(folders: dict[str, list[DropFile]]) -> Plan | Problem:
    by_split: dict[str, tuple[DropFile, ...]] = {}
    for folder, files in folders.items():
        by_split[SPLITS[folder]] = (*by_split.get(SPLITS[folder], ()), *files)
    if "train" not in by_split:
        remedy = "Add the rows to learn from in a folder called train."
        return Problem("a folder called train", listed(folders), remedy)
    return Plan(
        "split folders", {s: by_split[s] for s in ("train", "validation", "test") if s in by_split}
    )


FORM = Form("split folders", recognise)
