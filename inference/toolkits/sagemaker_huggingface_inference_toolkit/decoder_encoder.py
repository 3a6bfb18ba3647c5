"""Bodies of requests to the inputs of a pipeline, and its answers to bodies, as the server itself does it."""

from __future__ import annotations

from . import content_types
from ._server import server_module

decoding = server_module("protocols.decoding")
encoding = server_module("protocols.encoding")
media = server_module("protocols.media")


def decode(
    content: bytes | bytearray | str, content_type: str = content_types.JSON
) -> object:
    """The decoded body. Raises `UnsupportedMediaTypeError` or `MalformedBodyError`, which callers get as such."""
    decoded: object = decoding.decode_any(content, content_type)
    return decoded


def encode(content: object, accept_type: str = content_types.JSON) -> str | bytes:
    """Text for JSON and CSV, bytes otherwise. Raises `NotAcceptableError` or `ModelError`."""
    body: bytes
    body, name = encoding.encode(content, accept_type)
    return body.decode() if name in media.TEXT_TYPES else body


def decode_json(content: str) -> object:
    return decode(content, content_types.JSON)


def decode_csv(string_like: str) -> object:
    return decode(string_like, content_types.CSV)


def decode_image(bpayload: bytearray) -> object:
    return decode(bpayload, content_types.PNG)


def decode_audio(bpayload: bytearray) -> object:
    return decode(bpayload, content_types.WAV)


def encode_json(content: object, accept_type: str | None = None) -> str | bytes:
    return encode(content, content_types.JSON)


def encode_csv(content: object, accept_type: str | None = None) -> str | bytes:
    return encode(content, content_types.CSV)


def encode_image(content: object, accept_type: str = content_types.PNG) -> str | bytes:
    return encode(content, accept_type)
