"""Bodies of requests to NumPy arrays."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from . import content_types, errors

Array = np.ndarray[Any, np.dtype[Any]]


def decode(obj: Any, content_type: str) -> Array:
    """Pickled arrays are refused. Raises `UnsupportedFormatError`, or `ValueError` for what is no such array."""
    if content_type == content_types.JSON:
        return np.array(json.loads(obj))
    if content_type == content_types.CSV:
        return np.genfromtxt(io.StringIO(obj), delimiter=",")
    if content_type == content_types.NPY:
        array: Array = np.load(io.BytesIO(obj), allow_pickle=False)
        return array
    raise errors.UnsupportedFormatError(content_type)
