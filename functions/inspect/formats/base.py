"""What a reader gives: columns, a sample to detect the task from, and then every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO

from contracts.problems import Problem
from functions.common.text import listed
from functions.inspect.common.unpacked_size import UnpackedLimit
from tasks import Mapping, Row

MAX_RECORD = 2**20
"""Characters that one line, one CSV cell or one JSON object may have."""
MAX_CHARACTERS = 4 * 2**30
MAX_ROWS = 20_000_000
MAX_COLUMNS = 5_000
SAMPLE = 100

Numbered = tuple[int, Row | Problem]
"""A row with the number a person finds it by: the line, or in a table the row with the header counted as row 1."""


def under_names(rows: Iterable[Numbered], mapping: Mapping) -> Iterator[Numbered]:
    """Rows under the names of `mapping`, each with the cell of its column; problems as they are."""
    for number, row in rows:
        if isinstance(row, Problem):
            yield number, row
        else:
            yield (
                number,
                {name: row.get(column) for name, column in mapping.items()},
            )


class UnreadableError(Exception):
    """A file cannot be read on; never leaves the reading of a drop, where it becomes the problem it holds."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def too_large(limit: int) -> UnreadableError:
    """More than `limit` characters."""
    actual = f"more than {limit // 2**30} GiB"
    return UnreadableError(
        Problem(
            "a file that can be checked in time", actual, "Drop a sample of the rows."
        )
    )


def too_dense(
    kind: str, limit: UnpackedLimit, packed_bytes: int, unpacked_bytes: int
) -> UnreadableError:
    """`kind` is that of a file, with its article."""
    return UnreadableError(
        Problem(
            f"{kind} file at most {limit.ratio} times larger when unpacked",
            f"one of {packed_bytes:,} that is {unpacked_bytes:,} and more",
            "Leave out rows that repeat others, or upload it without compression.",
        )
    )


def require_few_columns(count: int) -> None:
    """Raises `UnreadableError` where a table has more columns than can be looked through in time."""
    if count > MAX_COLUMNS:
        remedy = "Leave only the columns to learn from."
        raise UnreadableError(
            Problem(f"a table of at most {MAX_COLUMNS:,} columns", f"{count:,}", remedy)
        )


def too_many_rows(limit: int) -> UnreadableError:
    return UnreadableError(
        Problem(f"at most {limit:,} rows", "more", "Drop a sample of the rows.")
    )


def require_distinct(names: Iterable[str], row: int | None = None) -> None:
    """Raises `UnreadableError` where two columns have one name; `row` is the header's number."""
    counts = Counter(filter(None, names))
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        remedy = "Rename or delete the repeated column."
        raise UnreadableError(
            Problem(
                "column names that differ", f"{listed(repeated)} twice", remedy, row=row
            )
        )


@dataclass(frozen=True)
class Block:
    """Rows that follow one another, for a reader of whole columns or, where `columns` is None, of single rows.

    Whoever has no use for the columns calls `rows`, before the next block is asked for: it reads the same rows.
    """

    rows: Callable[[], Iterator[Numbered]]
    columns: dict[str, list[Any]] | None = None
    """The cells under canonical names: texts in UTF-8, other values as they are. None of the rows has a problem."""
    first: int = 0
    """The number of the first row; each row has the next one."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


Blocks = Callable[[Mapping], Iterator[Block]]


@dataclass
class Table:
    """An open file. `rows` gives each row under the mapping's canonical names; it raises `UnreadableError`.

    So does making a table of more than `MAX_COLUMNS`.
    """

    columns: tuple[str, ...]
    sample: list[Row]
    """The first rows under the user's column names."""
    rows: Callable[[Mapping], Iterator[Numbered]]
    warnings: Callable[[], list[str]]
    """What was put up with, complete once the rows have been read."""
    encoding: Callable[[], str]
    """Complete once the rows have been read."""
    notes: list[str] = field(default_factory=list)
    """What was guessed about the file, for example its delimiter."""
    blocks: Blocks | None = None
    """The same rows in blocks, of formats that can read many rows at once."""
    question: Problem | None = None
    """Asked unless the settings name the columns: the file can be read in more than one way."""
    keeps_order: bool = True
    """Whether the order of the keys in a cell is the writer's own."""

    def __post_init__(self) -> None:
        require_few_columns(len(self.columns))


def read_ahead(
    numbered: Iterator[Numbered],
) -> tuple[list[Row], Callable[[Mapping], Iterator[Numbered]]]:
    """A table's `sample` and `rows`, of rows that are read once and have every column."""
    head = list(islice(numbered, SAMPLE))
    sample = [row for _, row in head if isinstance(row, dict)]

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, numbered):
            if isinstance(row, Problem):
                yield number, row
            else:
                yield number, {name: row[column] for name, column in mapping.items()}

    return sample, rows


@dataclass(frozen=True)
class ContentKind:
    """A kind of file that is recognised by its first bytes but cannot be read.

    `remedy` is what its owner can do, where that is not to export the table as CSV.
    """

    magic: bytes
    name: str
    remedy: str = ""


@dataclass(frozen=True)
class Format:
    """A way to write rows into a file. `open` takes a stream whose first bytes fit the format, and raises
    `UnreadableError` where the rest does not."""

    name: str
    extensions: tuple[str, ...]
    open: Callable[[BinaryIO], Table]
    magic: tuple[bytes, ...] = ()
    """What a file of the format begins with, one of these; empty for formats that are text."""
    unsupported: tuple[ContentKind, ...] = ()
    """Variants of the format that cannot be read."""
    is_suggested: bool = True
    """Whether messages name the format as one to write a table in."""
    recognises: Callable[[Sequence[str]], bool] | None = None
    """Whether the first lines of a text can only be of this format, whatever the file is called."""
