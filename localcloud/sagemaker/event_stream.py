"""Amazon's event stream: binary messages with headers and checksums, as clients of response streams read them.

See https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html for the frame.
"""

from __future__ import annotations

import json
import struct
from binascii import crc32
from collections.abc import Mapping

EVENT_STREAM = "application/vnd.amazon.eventstream"
_WORD = struct.Struct("!I")
_TEXT = 7
"""The type of a header's value: text of a length of two bytes."""


def payload_part(data: bytes) -> bytes:
    headers = {
        ":message-type": "event",
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
    }
    return message(headers, data)


def exception(name: str, fields: Mapping[str, str]) -> bytes:
    """What ends a stream early."""
    headers = {
        ":message-type": "exception",
        ":exception-type": name,
        ":content-type": "application/json",
    }
    return message(headers, json.dumps(fields).encode())


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    block = b"".join(_header(name, value) for name, value in headers.items())
    length = 16 + len(block) + len(payload)
    prelude = _WORD.pack(length) + _WORD.pack(len(block))
    content = prelude + _WORD.pack(crc32(prelude)) + block + payload
    return content + _WORD.pack(crc32(content))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    key = name.encode()
    return (
        struct.pack("!B", len(key)) + key + struct.pack("!BH", _TEXT, len(text)) + text
    )
