"""Names as a traindrop.yaml that is offered to copy writes them."""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def scalar(header: str) -> str:
    """A column's name as YAML takes it for a text."""
    if _BARE.fullmatch(header) and header.lower() not in _KEYWORDS:
        return header
    return json.dumps(header, ensure_ascii=False)
