"""Token rows to tensors: alike lengths together, padded to the longest of their group and no further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

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


def pad(rows: Sequence[Sequence[int]], value: int, left: bool, device: Any) -> Tensor:
    import torch  # noqa: PLC0415

    longest = max(map(len, rows))
    filler = [[value] * (longest - len(row)) for row in rows]
    filled = [[*f, *row] if left else [*row, *f] for f, row in zip(filler, rows, strict=True)]
    return torch.tensor(filled, dtype=torch.long, device=device)
