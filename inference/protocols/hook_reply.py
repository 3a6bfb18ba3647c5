"""Status and headers that hooks set, checked: a server that cannot send them drops the connection without an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import HookError, describe

STATUSES = range(200, 600)
NO_BODY = frozenset({204, 205, 304})
"""Statuses of answers that HTTP sends without a body."""
SET_BY_SERVER = frozenset(
    {
        "connection",
        "content-length",
        "content-type",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that describe the body or the connection, in lower case: those of a hook are ignored."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def checked_status(status: object) -> int:
    """A whole number, or its digits, as a status of HTTP. Raises `HookError`."""
    text = str(status)
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number in STATUSES:
        return number
    raise HookError(
        f"expected a status from {STATUSES.start} to {STATUSES.stop - 1} of set_response_status; "
        f"found {describe(text)}. Correct the script."
    )


def checked_headers(headers: Mapping[str, object]) -> dict[str, str]:
    """The headers as text, without those that the server sets itself. Raises `HookError`."""
    checked: dict[str, str] = {}
    for key, value in headers.items():
        name, text = str(key), str(value)
        if _NAME.fullmatch(name) is None:
            raise HookError(
                f"expected a header's name of letters, digits and hyphens in set_response_header; "
                f"found {describe(name)}. Correct the script."
            )
        if _VALUE.fullmatch(text) is None:
            raise HookError(
                f"expected Latin-1 text without line breaks as the header {name} in set_response_header; "
                f"found {describe(text)}. Encode it, by urllib.parse.quote for example."
            )
        if name.lower() not in SET_BY_SERVER:
            checked[name] = text
    return checked
