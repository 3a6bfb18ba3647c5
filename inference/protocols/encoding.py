"""Predictions to response bodies, one encoder a content type."""

from __future__ import annotations

import base64
import csv
import datetime
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from .errors import ModelError, NotAcceptableError
from .media import CSV, EVENT_STREAM, IMAGES, JSON, NPY, negotiate

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class EventText:
    """A whole stream of events, for servers that cannot send it piece by piece."""

    body: bytes


def encode(
    prediction: object, accept: str | None, default: str = JSON
) -> tuple[bytes, str]:
    """The body and its content type. Raises `NotAcceptableError`, or `ModelError` for what no type can hold."""
    if isinstance(prediction, EventText):
        return prediction.body, EVENT_STREAM
    if not is_image(prediction):
        name = negotiate(accept, ENCODERS, default)
        return ENCODERS[name](prediction), name
    name = negotiate(accept, (*ENCODERS, *IMAGES), default)
    if name in IMAGES:
        return encode_image(prediction, name), name
    return ENCODERS[name](prediction), name


def is_image(value: object) -> TypeGuard[Image.Image]:
    """Whether it is one of Pillow's, without importing Pillow."""
    return any(kind.__module__ == "PIL.Image" for kind in type(value).__mro__)


def _to_json(value: object) -> object:
    """A value that JSON does not know, as one that it does. Raises `TypeError`."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    if is_image(value):
        png = encode_image(value, "image/png")
        return base64.b64encode(png).decode()
    raise TypeError(f"a {type(value).__name__}")


def _finite(value: object) -> object:
    """The value with null for each number JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    return _finite(_to_json(value))


def _dumps(value: object) -> str:
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=_to_json,
    )


def encode_json(prediction: object) -> bytes:
    """Compact UTF-8; arrays and tensors as lists, NaN and infinities as null. Raises `ModelError`."""
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


def encode_csv(prediction: object) -> bytes:
    """A row an input, under a header. Raises `NotAcceptableError` where an input has no single object as its answer."""
    rows = [prediction] if isinstance(prediction, Mapping) else prediction
    objects: list[Mapping[str, object]] = []
    if isinstance(rows, list):
        objects = [row for row in rows if isinstance(row, Mapping)]
    if not isinstance(rows, list) or len(objects) != len(rows):
        raise NotAcceptableError(
            f"expected one object an input for {CSV}; found lists in lists. Ask for {JSON}."
        )
    stream = io.StringIO(newline="")
    names = list(objects[0]) if objects else []
    writer = csv.DictWriter(stream, names)
    writer.writeheader()
    try:
        writer.writerows(objects)
    except ValueError as error:
        raise NotAcceptableError(
            f"expected objects with the same fields for {CSV}; found {error}. Ask for {JSON}."
        ) from None
    return stream.getvalue().encode("utf-8", "replace")


def encode_npy(prediction: object) -> bytes:
    """Raises `NotAcceptableError` where the lists of an answer are of unlike lengths."""
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    try:
        array = np.asarray(prediction)
    except ValueError:
        raise NotAcceptableError(
            f"expected lists of one length for {NPY}; found unlike ones. Ask for {JSON}."
        ) from None
    np.save(stream, array)
    return stream.getvalue()


def encode_image(image: Image.Image, name: str) -> bytes:
    """The image in the format of the content type `name`. Raises `NotAcceptableError`."""
    stream = io.BytesIO()
    try:
        image.save(stream, format=image_format(name))
    except (OSError, ValueError, KeyError) as error:
        raise NotAcceptableError(
            f"expected an image that {name} can hold; found {error}. Ask for image/png."
        ) from None
    return stream.getvalue()


def image_format(name: str) -> str:
    """Pillow's name of the format of a content type."""
    return "PNG" if name == "image/x-image" else name.partition("/")[2].upper()


ENCODERS: dict[str, Callable[[object], bytes]] = {
    JSON: encode_json,
    CSV: encode_csv,
    NPY: encode_npy,
}
"""A new content type is one encoder and one entry here."""
