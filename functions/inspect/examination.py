"""What was read of a drop: the detected task, checked rows, counts, problems and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from functions.inspect.detection import Detection
from functions.inspect.drop_size import MAX_BYTES
from functions.inspect.problems import Problems
from functions.inspect.spool import Classes, Spool
from functions.inspect.text_lengths import Lengths


@dataclass
class Label:
    """How many rows of a file hold a label, and the first one's number."""

    first: int
    rows: int = 0


@dataclass
class Examination:
    """What was read of a drop. Where `problems` is empty, `detection` is there and a spool for every file."""

    problems: Problems = field(default_factory=Problems)
    detection: Detection | None = None
    spools: dict[str, Spool] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    labels: dict[str, dict[str, Label]] = field(default_factory=dict)
    """Per split, the labels of tasks whose rows have several, or of no class."""
    lengths: Lengths = field(default_factory=Lengths)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    """Of each file that was read to its end."""
    columns: set[str] = field(default_factory=set)
    """Of the train files."""
    label_columns: list[str] | None = None
    """The columns of 0 and 1 whose names are the labels, of the first file on."""
    file_rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Per split, the rows of each of its files."""

    @property
    def rows(self) -> int:
        return sum(len(spool) for spool in self.spools.values())

    def leave_out(self, split: str, name: str) -> None:
        """A split whose rows have no answers is as if it were not there; `name` is its file or folder."""
        self.spools.pop(split)
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
