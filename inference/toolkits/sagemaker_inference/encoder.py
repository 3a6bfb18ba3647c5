"""Arrays, and whatever becomes one, to bodies of answers."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from . import content_types, errors

SUPPORTED_CONTENT_TYPES = {content_types.JSON, content_types.CSV, content_types.NPY}


def encode(array_like: Any, content_type: str) -> str | bytes:
    """Text for JSON and CSV. Raises `UnsupportedFormatError`."""
    if content_type == content_types.JSON:
        return json.dumps(array_like, default=_to_list)
    if content_type == content_types.CSV:
        text = io.StringIO()
        np.savetxt(text, array_like, delimiter=",", fmt="%s")
        return text.getvalue()
    if content_type == content_types.NPY:
        stream = io.BytesIO()
        np.save(stream, array_like)
        return stream.getvalue()
    raise errors.UnsupportedFormatError(content_type)


def _to_list(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
