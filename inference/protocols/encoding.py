"""Predictions to response bodies, one encoder a content type."""

from __future__ import annotations

import base64
import csv
import datetime
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ModelError, NotAcceptableError
from .media import CSV, IMAGES, JSON, NPY, negotiate


def encode(prediction: Any, accept: str | None, default: str = JSON) -> tuple[bytes, str]:
    """The body and its content type. Raises `NotAcceptableError`, or `ModelError` for what no type can hold."""
    name = negotiate(accept, (*ENCODERS, *IMAGES) if _is_image(prediction) else ENCODERS, default)
    return encode_image(prediction, name) if name in IMAGES else ENCODERS[name](prediction), name


def _is_image(value: Any) -> bool:
    """Whether it is one of Pillow's, told without importing it."""
    return any(kind.__module__ == "PIL.Image" for kind in type(value).__mro__)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    if _is_image(value):
        return base64.b64encode(encode_image(value, "image/png")).decode()
    raise TypeError(f"a {type(value).__name__}")


def _finite(value: Any) -> Any:
    """The value with null for each number JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value if value is None or isinstance(value, str | int) else _finite(_plain(value))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def encode_json(prediction: Any) -> bytes:
    """Compact UTF-8; arrays and tensors as lists, NaN and infinities as null."""
    try:
        try:
            text = _dumps(prediction)
        except ValueError:
            text = _dumps(_finite(prediction))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(
            f"expected a prediction that JSON can hold; found {error}. Return lists, objects, strings and numbers."
        ) from None
    return text.encode("utf-8", "replace")


def encode_csv(prediction: Any) -> bytes:
    rows = [prediction] if isinstance(prediction, Mapping) else prediction
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise NotAcceptableError(f"expected one object an input for {CSV}; found lists in lists. Ask for {JSON}.")
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8", "replace")


def encode_npy(prediction: Any) -> bytes:
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    np.save(stream, np.asarray(prediction))
    return stream.getvalue()


def encode_image(image: Any, name: str) -> bytes:
    stream = io.BytesIO()
    try:
        image.save(stream, format="PNG" if name == "image/x-image" else name.partition("/")[2].upper())
    except (OSError, ValueError, KeyError) as error:
        raise NotAcceptableError(f"expected an image that {name} can hold; found {error}. Ask for image/png.") from None
    return stream.getvalue()


ENCODERS: dict[str, Callable[[Any], bytes]] = {JSON: encode_json, CSV: encode_csv, NPY: encode_npy}
"""A new content type is one encoder and one entry here."""
