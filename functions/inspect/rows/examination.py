"""What was read of a drop: the detected task, checked rows, counts, problems and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from functions.inspect.common.problems import Problems
from functions.inspect.detection.detection import Detection
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.drop_size import MAX_BYTES
from functions.inspect.rows.split_rows import Convert, Label, SplitRows
from functions.inspect.rows.spool import Spool
from functions.inspect.rows.text_lengths import Lengths


@dataclass
class Examination:
    """What was read of a drop. Where `problems` is empty, `detection` is there and the rows of every split."""

    problems: Problems = field(default_factory=Problems)
    detection: Detection | None = None
    splits: dict[str, SplitRows] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    labels: dict[str, dict[str, Label]] = field(default_factory=dict)
    """Per split, the labels of tasks whose rows have several, or of no class."""
    lengths: Lengths = field(default_factory=Lengths)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    """Of each file that was read to its end."""
    first_columns: tuple[str, ...] = ()
    """Of the first file, which tells the task."""
    columns: set[str] = field(default_factory=set)
    """Of the train files."""
    label_columns: list[str] | None = None
    """The columns of 0 and 1 whose names are the labels, of the first file on."""
    file_rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Per split, the rows of each of its files."""
    may_leave_out: bool = True
    """Whether a split may turn out to have no answers: its first file says so."""
    convert: Convert | None = None
    """What was done to every row once the labels of all were known."""

    @property
    def spools(self) -> dict[str, Spool]:
        """The splits whose rows lie on this disk."""
        return {
            split: rows
            for split, rows in self.splits.items()
            if isinstance(rows, Spool)
        }

    @property
    def rows(self) -> int:
        return sum(map(len, self.splits.values()))

    def leave_out(self, split: str, name: str) -> None:
        """A split whose rows have no answers is as if it were not there; `name` is its file or folder."""
        self.splits.pop(split)
        self.labels.pop(split, None)
        instead = (
            "; rows of the train file are held out instead" if split == "test" else ""
        )
        self.warnings.append(f"{name} has no answers: it is left out{instead}.")

    @property
    def is_full(self) -> bool:
        """Whether the rows on disk are as much as a drop may hold."""
        return (
            sum(spool.path.stat().st_size for spool in self.spools.values()) > MAX_BYTES
        )
