"""Folders of single texts whose names are the labels: `pos/1.txt`, or `train/pos/1.txt` and `test/pos/1.txt`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import counted, listed
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import splits_of
from functions.inspect.sources.base import joined
from functions.inspect.sources.text_folder import LabeledText, TextFolder, interleaved

NAME = "folders of texts, whose names are the labels"
_TEXT_NAME = re.compile(r"[^.]*|.*\.(txt|text|\d+)", re.IGNORECASE)
"""Texts of public sets have no ending, or only a number behind a dot."""
_TABLES = frozenset(
    {"csv", "tsv", "jsonl", "ndjson", "json", "parquet", "pq", "arrow", "xlsx"}
)
_WITHOUT_LABEL = frozenset(
    {"unsup", "unsupervised", "unlabeled", "unlabelled", "unlabel"}
)
_TWO = 2


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    texts = [file for file in files if _TEXT_NAME.fullmatch(_path(file).name)]
    depth = max((len(_path(file).parts) for file in texts), default=0)
    deepest = [file for file in texts if len(_path(file).parts) == depth]
    if depth < _TWO:
        return None
    labels = {_path(file).parent.name for file in deepest}
    names = {file.name for file in deepest}
    splits = _splits(deepest)
    if (
        splits is None
        or len(labels - _WITHOUT_LABEL) < _TWO
        or labels & {"", *splits_in(labels)}
    ):
        return None
    others = [file for file in files if file.name not in names]
    return _tables_beside(others) or _plan(deepest, splits, others)


def splits_in(names: set[str]) -> set[str]:
    """The names that are those of splits."""
    ordered = sorted(names)
    return {
        name
        for name, split in zip(ordered, splits_of(ordered), strict=True)
        if split is not None
    }


def _path(file: DropFile) -> PurePosixPath:
    return PurePosixPath(file.name)


def _splits(files: Sequence[DropFile]) -> dict[str, str] | None:
    """Folder above the labels' folders -> split; None where these folders are no splits of one data set."""
    folders = sorted({str(_path(file).parent.parent) for file in files})
    if len(folders) == 1:
        name = PurePosixPath(folders[0]).name
        split = splits_of([name])[0] or "train"
        return {folders[0]: split}
    splits = splits_of([PurePosixPath(folder).name for folder in folders])
    if len({PurePosixPath(folder).parent for folder in folders}) > 1 or len(
        {*splits}
    ) < len(splits):
        return None
    return {
        folder: split for folder, split in zip(folders, splits, strict=True) if split
    }


def _tables_beside(others: Sequence[DropFile]) -> Problem | None:
    tables = [file.name for file in others if file.extension in _TABLES]
    if not tables:
        return None
    remedy = "Drop the tables, or the folders of texts, as a model of its own."
    return Problem(
        "only text files in folders named by their labels", listed(tables), remedy
    )


def _plan(
    files: Sequence[DropFile], splits: dict[str, str], others: Sequence[DropFile]
) -> Plan | Problem:
    by_split: dict[str, list[LabeledText]] = defaultdict(list)
    unlabeled = 0
    for file in files:
        label = _path(file).parent.name
        if label in _WITHOUT_LABEL:
            unlabeled += 1
        elif split := splits.get(str(_path(file).parent.parent)):
            by_split[split].append(LabeledText(file, label))
    if "train" not in by_split:
        remedy = "Add the texts to learn from below a folder called train."
        return Problem("a folder called train", listed(splits), remedy)
    if len(by_split["train"]) == len({text.label for text in by_split["train"]}):
        return _one_text_each(by_split["train"])
    folders: dict[str, tuple[DropFile, ...]] = {}
    for split in ("train", "validation", "test"):
        if split in by_split:
            folders[split] = (_folder(split, by_split[split]),)
    return Plan(NAME, folders, notes=tuple(_notes(others, unlabeled)))


def _one_text_each(texts: Sequence[LabeledText]) -> Problem:
    remedy = "Write one CSV with the columns text and label, a row for each text."
    names = listed(text.file.name for text in texts)
    return Problem(
        "folders of texts, a file for each text", f"one file in each: {names}", remedy
    )


def _folder(split: str, texts: Sequence[LabeledText]) -> TextFolder:
    stored = joined([text.file for text in texts])
    return TextFolder(f"{split}/", stored, interleaved(texts))


def _notes(others: Sequence[DropFile], unlabeled: int) -> list[str]:
    notes = []
    if unlabeled:
        notes.append(f"Left out: {counted(unlabeled, 'text')} without a label.")
    if others:
        notes.append(
            f"Left out, as they lie in no folder of a label: {listed(file.name for file in others)}."
        )
    return notes


FORM = Form(NAME, recognise)
