"""How much data a drop may hold: of one file as much as one function checks in its time and keeps on its disk."""

from __future__ import annotations

from contracts.problems import Problem
from functions.common.drop import PACKED_ENDINGS, DropFile
from functions.common.text import counted
from functions.inspect.formats.base import MAX_CHARACTERS
from functions.inspect.layouts import Plan

MAX_BYTES = MAX_CHARACTERS
PACKED_RATIO = 8
_GIB = 2**30
_REMEDY = "Drop a sample of the rows: a model seldom gains from more."


def text_size(file: DropFile) -> int:
    """About how many bytes a file has once it is unpacked."""
    is_packed = file.name.lower().endswith(PACKED_ENDINGS)
    return file.stored.size * (PACKED_RATIO if is_packed else 1)


def size_problem(plan: Plan) -> Problem | None:
    """A drop whose files are too large together, which is known before any is read."""
    files = [file for of_split in plan.splits.values() for file in of_split]
    size = sum(file.stored.size for file in files)
    if size <= MAX_BYTES:
        return None
    return too_much(f"{size / _GIB:,.1f} GiB in {counted(len(files), 'file')}")


def too_much(actual: str) -> Problem:
    """`actual` says how much there is."""
    return Problem(
        f"at most {MAX_BYTES / _GIB:g} GiB of data in a drop", actual, _REMEDY
    )


MAX_SHARDS = 1000


def _split_remedy(name: str) -> str:
    return (
        "Split it into files of at most 1 GB named train-0000.…, train-0001.…; JSON Lines: "
        f"`split -C 1000M -d -a 4 --additional-suffix=.jsonl {name} train-`; CSV: `tail -n +2 {name} | "
        f"split -C 1000M -d -a 4 --filter='(head -n 1 {name}; cat) > $FILE.csv' - train-`, "
        "where no text spans several lines."
    )


def file_problem(plan: Plan) -> Problem | None:
    """A file of a drop in many files that is too large for one function."""
    for files in plan.splits.values():
        for file in files:
            if file.stored.size > MAX_BYTES:
                actual = f"{file.stored.size / _GIB:,.1f} GiB"
                return Problem(
                    f"files of at most {MAX_BYTES / _GIB:g} GiB",
                    actual,
                    _split_remedy(file.name.rpartition("/")[2]),
                    file=file.name,
                )
    return None


def shard_count_problem(count: int, splits: int = 1) -> Problem | None:
    """More shards than the state machine inspects; of a table that a column divides each file is read for `splits`."""
    if count <= MAX_SHARDS:
        return None
    return Problem(
        f"at most {MAX_SHARDS // splits:,} GiB of data in a drop",
        f"about {count // splits:,} GiB",
        _REMEDY,
    )
