"""Bodies of requests, in each format."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def npy(value: Any, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(value), allow_pickle=allow_pickle)
    return stream.getvalue()


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


# One pixel, whose bytes no library's version changes.
PIXEL = bytes.fromhex(
    "424d3a0000000000000036000000280000000100000001000000010018000000000004000000130b0000130b00000000000000000000ff000000"
)
