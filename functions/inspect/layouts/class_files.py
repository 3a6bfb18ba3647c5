"""Files whose names are usual labels, with a text a line: `pos.txt` and `neg.txt`, `rt-polarity.pos`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import splits_of
from functions.inspect.sources.partition import Partition

NAME = "files of texts, whose names are the labels"
COLUMN = "label"
_LABELS = frozenset(
    {
        "pos",
        "neg",
        "neu",
        "positive",
        "negative",
        "neutral",
        "ham",
        "spam",
        "good",
        "bad",
        "toxic",
        "nontoxic",
        "offensive",
        "hate",
        "subjective",
        "objective",
        "subj",
        "obj",
        "fake",
        "true",
        "real",
        "human",
        "machine",
        "sarcastic",
    }
)
_TWO = 2


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    labels = [_label_of(file) for file in files]
    by_folder: dict[str, list[Partition]] = defaultdict(list)
    rests = set()
    for file, label in zip(files, labels, strict=True):
        if label is None:
            return None
        name, rest = label
        folder = str(PurePosixPath(file.name).parent)
        is_table = format_problem(file.name, file.extension) is None
        kind = "" if is_table else "txt"
        rests.add((folder, rest))
        by_folder[folder].append(
            Partition(file.name, file.stored, {COLUMN: name}, format=kind)
        )
    return _plan(by_folder) if len(rests) == len(by_folder) else None


def _label_of(file: DropFile) -> tuple[str, str] | None:
    """The usual label in a file's name, and the rest of the name."""
    ending = "" if format_problem(file.name, file.extension) else file.extension
    words = re.split(
        "[^a-z0-9]+", PurePosixPath(file.name).name.lower().removesuffix(f".{ending}")
    )
    matches = [word for word in words if word in _LABELS]
    if len(matches) != 1:
        return None
    return matches[0], "-".join(word for word in words if word != matches[0])


def _plan(by_folder: dict[str, list[Partition]]) -> Plan | None:
    folders = [*by_folder]
    splits = ["train"] if folders == ["."] else splits_of(folders)
    are_distinct = len({*splits}) == len(splits)
    if None in splits or "train" not in splits or not are_distinct:
        return None
    names = {file.values[COLUMN] for files in by_folder.values() for file in files}
    if len(names) < _TWO:
        return None
    labels = sorted(filter(None, names))
    folder_of = dict(zip(splits, folders, strict=True))
    planned: dict[str, tuple[DropFile, ...]] = {}
    for split in ("train", "validation", "test"):
        if split in folder_of:
            files = by_folder[folder_of[split]]
            planned[split] = tuple(
                file.with_domains({COLUMN: labels}) for file in files
            )
    note = f"The names of the files are the labels: {listed(labels)}."
    return Plan(NAME, planned, notes=(note,))


FORM = Form(NAME, recognise)
