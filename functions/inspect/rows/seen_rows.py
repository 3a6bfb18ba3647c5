"""Which rows the live model has learnt, and which were held out from it: by content, as the keys of rows have it.

A later drop of the same model holds out what was held out before, and nothing that the live model learnt: else the two
would be compared on rows that one of them has seen.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Self

from functions.inspect.rows.keys import CLASS_BITS, KEY_BITS

MAX_CONTENTS = 500_000
"""Contents that are kept of either kind, the least: held-out rows are taken from the least ones."""
ALL_CONTENTS = 1 << (KEY_BITS - CLASS_BITS)
_HEADER = 2


@dataclass(frozen=True)
class SeenRows:
    """Contents of rows, rising."""

    held_out: array[int]
    learnt: array[int]
    bound: int = ALL_CONTENTS
    """From here on contents may have been learnt, too: there were more than are kept."""

    def to_array(self) -> array[int]:
        """The bound, the number of contents held out, these, and those learnt."""
        header = array("Q", [self.bound, len(self.held_out)])
        return header + self.held_out + self.learnt

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        values = array("Q")
        values.frombytes(data)
        bound, count = values[:_HEADER]
        rest = values[_HEADER:]
        return cls(rest[:count], rest[count:], bound)
