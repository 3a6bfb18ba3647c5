"""Request bodies to Python values, one decoder a content type."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from ..errors import MalformedBodyError, UnsupportedMediaTypeError
from .media import CSV, IMAGES, JSON, NPY, SOUNDS, TEXT_TYPES, MediaType

CSV_COLUMNS = ("inputs", "text", "question", "context")
Body = bytes | bytearray | str


def decode(body: Body, content_type: str | None) -> Any:
    """For models that take text. Raises `UnsupportedMediaTypeError` or `MalformedBodyError`."""
    media = MediaType.parse(content_type)
    decoder = DECODERS.get(media.name)
    if decoder is None:
        found = repr(content_type) if content_type else "none"
        raise UnsupportedMediaTypeError(
            f"expected a Content-Type of {', '.join(DECODERS)}; found {found}. "
            + ("This model takes text." if media.name in MEDIA_DECODERS else f"Send the header Content-Type: {JSON}.")
        )
    return decoder(as_hook_body(body, media))


def decode_any(body: Body, content_type: str | None) -> Any:
    """For models of the user's own, which may take images and sounds too. Raises what `decode` raises."""
    name = MediaType.parse(content_type).name
    if decoder := MEDIA_DECODERS.get(name):
        return {"inputs": decoder(body.encode() if isinstance(body, str) else bytes(body), name)}
    return decode(body, content_type)


def as_hook_body(body: Body, media: MediaType) -> str | bytearray:
    """Text for textual types, a `bytearray` for the others: what an `input_fn` is given."""
    if isinstance(body, str):
        return body
    return media.text(bytes(body)) if media.name in TEXT_TYPES else bytearray(body)


def _reject_constant(name: str) -> Any:
    raise MalformedBodyError(f"expected JSON; found {name}, which JSON does not have. Send null or a number.")


def decode_json(text: str | bytearray) -> Any:
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except json.JSONDecodeError as error:
        found = "an empty body" if not text else f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise MalformedBodyError(f'expected JSON; found {found}. Send for example {{"inputs": "a text"}}.') from None
    except RecursionError:
        raise MalformedBodyError("expected JSON; found it nested too deeply. Send a flat object.") from None
    except MalformedBodyError:
        raise
    except ValueError as error:
        raise MalformedBodyError(f"expected JSON; found a value that cannot be read: {error}.") from None


def decode_csv(text: str | bytearray) -> dict[str, Any]:
    """Rows under a header: a column `inputs` becomes a list of strings, any other header a list of objects."""
    try:
        reader = csv.DictReader(io.StringIO(str(text), newline=""), strict=True)
        rows = list(reader)
    except csv.Error as error:
        raise MalformedBodyError(f"expected CSV; found a row that cannot be read: {error}.") from None
    header = list(reader.fieldnames or []) if rows else []
    if not set(header) & set(CSV_COLUMNS):
        found = f"the columns {', '.join(map(str, header))}" if header else "no rows"
        raise MalformedBodyError(
            f"expected CSV with a header naming {', '.join(CSV_COLUMNS)}; found {found}. Add the line 'inputs' on top."
        )
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise MalformedBodyError(
                f"row {number}: expected {len(header)} cells; found another number. Quote cells that hold commas."
            )
    return {"inputs": [row["inputs"] for row in rows] if "inputs" in header else rows}


def decode_npy(body: str | bytearray) -> Any:
    """A NumPy array; pickled objects are refused, because reading them runs code of the caller's choice."""
    import numpy as np  # noqa: PLC0415

    try:
        return np.lib.format.read_array(
            io.BytesIO(body.encode() if isinstance(body, str) else body), allow_pickle=False
        )
    except (ValueError, EOFError, OSError) as error:
        raise MalformedBodyError(
            f"expected a NumPy array in the npy format, without pickled objects; found {error}. "
            "Save an array of strings or numbers with numpy.save."
        ) from None


def decode_image(body: bytes, name: str) -> Any:
    """An RGB image of Pillow's."""
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
    """As it is: pipelines for sound decode it themselves."""
    return body


DECODERS: dict[str, Callable[[str | bytearray], Any]] = {JSON: decode_json, CSV: decode_csv, NPY: decode_npy}
"""A new content type is one decoder and one entry here."""
MEDIA_DECODERS: dict[str, Callable[[bytes, str], Any]] = {
    **dict.fromkeys(IMAGES, decode_image),
    **dict.fromkeys(SOUNDS, decode_sound),
}
