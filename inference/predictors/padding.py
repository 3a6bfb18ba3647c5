"""Token rows to tensors or arrays: alike lengths together, padded to the longest of their group and no further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from .interfaces import Tensor

GROUP_ROWS = 32
OVERHEAD_TOKENS = 13
"""What a pass costs besides its tokens, in tokens: measured with ONNX Runtime on a CPU, where reading the weights takes
as long. It hardly depends on the model: a larger one has more weights to read, and more to do for each token."""
GPU_OVERHEAD_TOKENS = 1024
"""Not measured: a GPU starts a pass in about the time of so many tokens."""


_max_group_rows = ContextVar("rows at once", default=GROUP_ROWS)


@contextmanager
def rows_at_once(rows: int) -> Iterator[None]:
    """Groups hold at most so many rows: for a machine whose memory does not suffice for `GROUP_ROWS`."""
    token = _max_group_rows.set(max(1, rows))
    try:
        yield
    finally:
        _max_group_rows.reset(token)


def overhead_on(device: torch.device | None) -> int:
    """Of a pass, in tokens; `device` is torch's, or None for ONNX Runtime on the CPU."""
    return (
        GPU_OVERHEAD_TOKENS
        if getattr(device, "type", "cpu") == "cuda"
        else OVERHEAD_TOKENS
    )


def groups(
    lengths: Sequence[int], rows: int | None = None, overhead: int = OVERHEAD_TOKENS
) -> list[list[int]]:
    """Indexes of rows by length, longest first, cut into groups of at most `rows` where all passes together cost least.

    A pass costs its tokens, the filler among them, and as much as `overhead` tokens more, whatever is in it.
    """
    most = rows or _max_group_rows.get()
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    falling = [lengths[index] for index in order]
    starts = _cheapest_starts(falling, most, overhead)
    index_groups: list[list[int]] = []
    end = len(order)
    while end:
        start = starts[end]
        index_groups.append(order[start:end])
        end = start
    return index_groups[::-1]


def _cheapest_starts(lengths: Sequence[int], most: int, overhead: int) -> list[int]:
    """For each number of first rows, where the last of their groups starts; `lengths` fall, its first is its longest.

    Dynamic programming: `costs[end]` is what the first `end` rows cost at least.
    """
    costs = [0]
    starts = [0]
    for end in range(1, len(lengths) + 1):
        options = [
            (costs[start] + overhead + (end - start) * lengths[start], start)
            for start in range(max(0, end - most), end)
        ]
        cost, start = min(options)
        costs.append(cost)
        starts.append(start)
    return starts


def pad(
    rows: Sequence[Sequence[int]],
    value: int,
    left: bool,
    device: torch.device | str | None,
) -> Tensor:
    """Whole numbers of shape (rows, longest): a tensor on the device, or an array where `device` is None.

    `value` fills the rows, on the left or on the right.
    """
    import numpy as np  # noqa: PLC0415

    longest = max(map(len, rows))
    padded = np.full((len(rows), longest), value, dtype=np.int64)
    for line, row in zip(padded, rows, strict=True):
        if left:
            line[longest - len(row) :] = row
        else:
            line[: len(row)] = row
    if device is None:
        return padded
    import torch  # noqa: PLC0415

    return torch.from_numpy(padded).to(device)
