"""Small things of requests and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def parse_accept(accept: str) -> list[str]:
    """The content types of an `Accept` header."""
    return accept.replace(" ", "").split(",")


def retrieve_content_type_header(request_property: Mapping[str, str]) -> str | None:
    """The value of `Content-Type`, however it is spelled."""
    for name, value in request_property.items():
        if name.lower().replace("-", "").startswith("contenttype"):
            return value
    return None


def read_file(path: str, mode: str = "r") -> str | bytes:
    file = Path(path)
    return file.read_bytes() if "b" in mode else file.read_text("utf-8")
