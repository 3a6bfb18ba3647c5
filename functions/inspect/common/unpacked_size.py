"""How much a packed file of a drop may hold: more than any honest one, less than one that is made to fill a disk."""

from __future__ import annotations

MAX_RATIO = 200
"""How many times larger it may be when unpacked, beyond `FREE_BYTES`."""
FREE_BYTES = 2**27
"""Up to here no ratio is too high."""


def max_unpacked_bytes(packed_bytes: int) -> int:
    """Of a file of that size."""
    return max(FREE_BYTES, packed_bytes * MAX_RATIO)
