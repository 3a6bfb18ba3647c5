"""Request bodies to Python values, one decoder a content type."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from .errors import MalformedBodyError, UnsupportedMediaTypeError
from .media import CSV, IMAGES, JSON, NPY, SOUNDS, TEXT_TYPES, MediaType

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

CSV_COLUMNS = ("inputs", "text", "question", "context")
Body = bytes | bytearray | str
HookBody = bytearray | str
"""A body as hooks get it: text for textual content types, bytes for the others."""


def decode(body: Body, content_type: str | None) -> object:
    """A JSON value or a NumPy array, for models that take text.

    Raises `UnsupportedMediaTypeError` or `MalformedBodyError`.
    """
    media = MediaType.parse(content_type)
    decoder = DECODERS.get(media.name)
    if decoder is None:
        raise _unsupported(content_type, media)
    return decoder(as_hook_body(body, media))


def _unsupported(
    content_type: str | None, media: MediaType
) -> UnsupportedMediaTypeError:
    actual = repr(content_type) if content_type else "none"
    remedy = f"Send the header Content-Type: {JSON}."
    if media.name in MEDIA_DECODERS:
        remedy = "This model takes text."
    return UnsupportedMediaTypeError(
        f"expected a Content-Type of {', '.join(DECODERS)}; found {actual}. {remedy}"
    )


def decode_any(body: Body, content_type: str | None) -> object:
    """As `decode`, and images and sounds too, as `{"inputs": image or bytes}`: for models of the user's own."""
    name = MediaType.parse(content_type).name
    decoder = MEDIA_DECODERS.get(name)
    if decoder is None:
        return decode(body, content_type)
    data = body.encode() if isinstance(body, str) else bytes(body)
    return {"inputs": decoder(data, name)}


def as_hook_body(body: Body, media: MediaType) -> HookBody:
    """Text for textual types, a `bytearray` for the others: what an `input_fn` gets."""
    if isinstance(body, str):
        return body
    return media.text(bytes(body)) if media.name in TEXT_TYPES else bytearray(body)


def _reject_constant(name: str) -> None:
    raise MalformedBodyError(
        f"expected JSON; found {name}, which JSON does not have. Send null or a number."
    )


def decode_json(text: HookBody) -> object:
    """Raises `MalformedBodyError` saying where the text stops being JSON."""
    try:
        return cast("object", json.loads(text, parse_constant=_reject_constant))
    except json.JSONDecodeError as error:
        place = f"{error.msg} at line {error.lineno}, column {error.colno}"
        actual = place if text else "an empty body"
        raise MalformedBodyError(
            f'expected JSON; found {actual}. Send for example {{"inputs": "a text"}}.'
        ) from None
    except RecursionError:
        raise MalformedBodyError(
            "expected JSON; found it nested too deeply. Send a flat object."
        ) from None
    except MalformedBodyError:
        raise
    except ValueError as error:
        raise MalformedBodyError(
            f"expected JSON; found a value that cannot be read: {error}."
        ) from None


def decode_csv(text: HookBody) -> dict[str, object]:
    """Rows under a header: a column `inputs` becomes a list of strings, any other header a list of objects.

    Raises `MalformedBodyError`.
    """
    header, rows = _read_csv(str(text))
    if not set(header) & set(CSV_COLUMNS):
        actual = f"the columns {', '.join(map(str, header))}" if header else "no rows"
        raise MalformedBodyError(
            f"expected CSV with a header naming {', '.join(CSV_COLUMNS)}; found {actual}. Add the line 'inputs' on top."
        )
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise MalformedBodyError(
                f"row {number}: expected {len(header)} cells; found another number. Quote cells that hold commas."
            )
    if "inputs" in header:
        return {"inputs": [row["inputs"] for row in rows]}
    return {"inputs": rows}


def _read_csv(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """The header, empty where there are no rows, and the rows."""
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = list(reader)
    except csv.Error as error:
        raise MalformedBodyError(
            f"expected CSV; found a row that cannot be read: {error}."
        ) from None
    header = list(reader.fieldnames or []) if rows else []
    return header, rows


def decode_npy(body: HookBody) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """A NumPy array; pickled objects are refused, because reading them runs code of the caller's choice."""
    import numpy as np  # noqa: PLC0415

    data = body.encode() if isinstance(body, str) else body
    try:
        _require_values(data)
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise MalformedBodyError(
            f"expected a NumPy array in the npy format, without pickled objects; found {error}. "
            "Save an array of strings or numbers with numpy.save."
        ) from None


def _require_values(data: bytes | bytearray) -> None:
    """Raises `ValueError` unless an array's values are there, before memory is taken for as many as its header says."""
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_2_0
    if version == (1, 0):
        read_header = np.lib.format.read_array_header_1_0
    shape, _, dtype = read_header(stream)
    if dtype.hasobject:
        return
    if dtype.itemsize == 0:
        raise ValueError(f"values of no bytes ({dtype})")
    values = (len(data) - stream.tell()) // dtype.itemsize
    if math.prod(shape) > values:
        raise ValueError(f"{values:,} values, and a header that says more: {shape}")


def decode_image(body: bytes, name: str) -> Image.Image:
    """An RGB image of Pillow's. `name` is the content type."""
    try:
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415
    except ImportError:
        raise UnsupportedMediaTypeError(
            f"expected Pillow to read {name}; found it is not installed. "
            "Add Pillow to code/requirements.txt, or read the body in an input_fn."
        ) from None
    try:
        return Image.open(io.BytesIO(body)).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError):
        raise MalformedBodyError(
            f"expected an image; found {len(body):,} bytes that Pillow cannot read. Send a whole image file."
        ) from None


def decode_sound(body: bytes, _: str) -> bytes:
    """The bytes unchanged: pipelines for sound decode them themselves."""
    return body


DECODERS: dict[str, Callable[[HookBody], object]] = {
    JSON: decode_json,
    CSV: decode_csv,
    NPY: decode_npy,
}
"""A new content type is one decoder and one entry here."""
MEDIA_DECODERS: dict[str, Callable[[bytes, str], object]] = {
    **dict.fromkeys(IMAGES, decode_image),
    **dict.fromkeys(SOUNDS, decode_sound),
}
