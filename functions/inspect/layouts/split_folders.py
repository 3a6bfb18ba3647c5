"""`train/`, and optionally `validation/` and `test/`, each a folder of tables, as many exports write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import first_format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import splits_of

_DATES = re.compile(r"(?<=.)(/[\d_.-]+)+$")


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    nested = [file.name for file in files if "/" in file.name]
    if not nested:
        return None
    folders: dict[str, list[DropFile]] = defaultdict(list)
    for file in files:
        folders[_folder(file)].append(file)
    names = [*folders]
    splits = splits_of(names)
    if None in splits:
        return Problem(
            "data files directly in the model's folder, or in folders called train, validation and test",
            listed(nested),
            "Move the files up into datasets/<model>/, or drop each folder as a model of its own.",
        )
    by_split: dict[str, list[DropFile]] = defaultdict(list)
    for name, split in zip(names, splits, strict=True):
        by_split[str(split)] += folders[name]
    return first_format_problem(files) or _plan(by_split)


def _folder(file: DropFile) -> str:
    """The folder around a file, without folders of years, months and days in it: `train` of `train/2026/10/a.csv`."""
    folder = file.name.rpartition("/")[0].lower()
    return _DATES.sub("", folder)


def _plan(by_split: dict[str, list[DropFile]]) -> Plan | Problem:
    if "train" not in by_split:
        remedy = "Add the rows to learn from in a folder called train."
        names = {
            file.name.rpartition("/")[0]
            for files in by_split.values()
            for file in files
        }
        return Problem("a folder called train", listed(sorted(names)), remedy)
    splits: dict[str, tuple[DropFile, ...]] = {}
    for split in ("train", "validation", "test"):
        if split in by_split:
            splits[split] = tuple(by_split[split])
    return Plan("split folders", splits)


FORM = Form("split folders", recognise)
