"""A table in folders that name a column and its value: `label=pos/part-0.parquet`, as Hive, Spark and pandas write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import first_format_problem
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.sources.partition import Partition

NAME = "a table in folders named by columns"
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_SPLIT_COLUMN = "split"


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    partitions = [_partition(file) for file in files]
    if not any(partition.values for partition in partitions):
        return None
    columns = {tuple(partition.values) for partition in partitions}
    if len(columns) > 1:
        uneven = [
            file.name for file in partitions if tuple(file.values) != (*max(columns),)
        ]
        remedy = "Leave only the files of one table."
        return Problem("files below the same columns' folders", listed(uneven), remedy)
    return first_format_problem(files) or _plan(partitions)


def _partition(file: DropFile) -> Partition:
    values: dict[str, str | None] = {}
    for folder in PurePosixPath(file.name).parts[:-1]:
        column, is_value, value = folder.partition("=")
        if is_value:
            values[unquote(column)] = None if value == _NO_VALUE else unquote(value)
    return Partition(file.name, file.stored, values)


def _plan(partitions: Sequence[Partition]) -> Plan | Problem:
    by_split: dict[str, list[Partition]] = defaultdict(list)
    for file in partitions:
        by_split[_split_of(file)].append(file)
    unknown = by_split.keys() - {*SPLITS.values()}
    if unknown or "train" not in by_split:
        remedy = (
            "Name the folders train, validation and test, or drop one of them alone."
        )
        return Problem(
            "splits called train, validation and test", listed(sorted(by_split)), remedy
        )
    domains = _domains(partitions)
    splits: dict[str, tuple[DropFile, ...]] = {}
    for split in ("train", "validation", "test"):
        if split in by_split:
            splits[split] = tuple(
                file.with_domains(domains) for file in by_split[split]
            )
    return Plan(
        NAME, splits, notes=(f"Read from the names of the folders: {listed(domains)}.",)
    )


def _domains(partitions: Sequence[Partition]) -> dict[str, list[str | None]]:
    """The columns of the folders, each with its values in order of appearance."""
    values: dict[str, dict[str | None, None]] = defaultdict(dict)
    for file in partitions:
        for column, value in file.values.items():
            values[column][value] = None
    return {column: [*of_column] for column, of_column in values.items()}


def _split_of(file: Partition) -> str:
    """What a column `split` or the folder around the partitions says; all is `train` where there is neither."""
    outer = [
        folder for folder in PurePosixPath(file.name).parts[:-1] if "=" not in folder
    ]
    name = str(
        file.values.get(_SPLIT_COLUMN) or (outer[-1] if outer else "train")
    ).lower()
    return SPLITS.get(name, name)


FORM = Form(NAME, recognise)
