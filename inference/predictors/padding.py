"""Token rows to tensors or arrays: alike lengths together, padded to the longest of their group and no further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

GROUP_ROWS = 32
OVERHEAD_TOKENS = 13
"""What a pass costs besides its tokens, in tokens: measured with ONNX Runtime on a CPU, where reading the weights takes
as long. It hardly depends on the model: a larger one has more weights to read, and more to do for each token."""
GPU_OVERHEAD_TOKENS = 1024
"""Not measured: a GPU starts a pass in about the time of so many tokens."""


_rows = ContextVar("rows at once", default=GROUP_ROWS)


@contextmanager
def rows_at_once(rows: int) -> Iterator[None]:
    """Groups hold at most so many rows: for a machine whose memory does not suffice for `GROUP_ROWS`."""
    before = _rows.set(max(1, rows))
    try:
        yield
    finally:
        _rows.reset(before)


def overhead_on(device: Any) -> int:
    """Of a pass, in tokens; `device` is torch's, or None for ONNX Runtime on the CPU."""
    return GPU_OVERHEAD_TOKENS if getattr(device, "type", "cpu") == "cuda" else OVERHEAD_TOKENS


def groups(lengths: Sequence[int], rows: int | None = None, overhead: int = OVERHEAD_TOKENS) -> list[list[int]]:
    """Indexes of rows by length, longest first, cut where all passes together cost least.

    A pass costs its tokens, the filler among them, and as much as `overhead` tokens more, whatever is in it.
    """
    most = rows or _rows.get()
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    # What the first so many rows cost at least, and where their last group begins.
    costs, begins = [0], [0]
    for end in range(1, len(order) + 1):
        options = (
            (costs[at] + overhead + (end - at) * lengths[order[at]], at) for at in range(max(0, end - most), end)
        )
        cost, begin = min(options)
        costs.append(cost)
        begins.append(begin)
    found: list[list[int]] = []
    end = len(order)
    while end:
        found.append(order[begins[end] : end])
        end = begins[end]
    return found[::-1]


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
