"""How much a packed file of a drop may hold: more than any honest one, less than one that is made to fill a disk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UnpackedLimit:
    """`ratio` is how many times larger a file may be when unpacked, beyond `free_bytes`."""

    free_bytes: int
    ratio: int

    def of(self, packed_bytes: int) -> int:
        """In bytes, of a file of that size."""
        return max(self.free_bytes, packed_bytes * self.ratio)


BINARY = UnpackedLimit(2**27, 200)
"""Of archives of models and of tables by column, which are cheap to unpack."""
LINES = UnpackedLimit(2**24, 100)
"""Of compressed texts, whose equal rows would all be read, one by one."""
