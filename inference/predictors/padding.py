"""Token rows to tensors or arrays: alike lengths together, padded to the longest of their group and no further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

GROUP_ROWS = 32
SLACK_TOKENS = 8
SLACK_RATIO = 0.75


_rows = ContextVar("rows at once", default=GROUP_ROWS)


@contextmanager
def rows_at_once(rows: int) -> Iterator[None]:
    """Groups hold at most so many rows: for a machine whose memory does not suffice for `GROUP_ROWS`."""
    before = _rows.set(max(1, rows))
    try:
        yield
    finally:
        _rows.reset(before)


def groups(lengths: Sequence[int], rows: int | None = None) -> list[list[int]]:
    """Indexes of rows by length, longest first; a group ends where the next row would be mostly padding."""
    rows = rows or _rows.get()
    found: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        longest = lengths[found[-1][0]] if found else 0
        fits = lengths[index] >= longest * SLACK_RATIO - SLACK_TOKENS
        if found and fits and len(found[-1]) < rows:
            found[-1].append(index)
        else:
            found.append([index])
    return found


def pad(rows: Sequence[Sequence[int]], value: int, left: bool, device: Any) -> Any:
    """Whole numbers of shape (rows, longest): a tensor, or an array where `device` is None."""
    import numpy as np  # noqa: PLC0415

    longest = max(map(len, rows))
    padded = np.full((len(rows), longest), value, dtype=np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[slice(longest - len(row), None) if left else slice(len(row))] = row
    if device is None:
        return padded
    import torch  # noqa: PLC0415

    return torch.from_numpy(padded).to(device)
