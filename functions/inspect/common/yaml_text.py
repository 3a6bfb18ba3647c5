"""Lines of a traindrop.yaml that is offered to copy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

COPY = "Copy one of these into traindrop.yaml."
"""The remedy of a question with choices."""
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def settings_text(task: str | None = None, **sections: Mapping[str, Any]) -> str:
    """The task, and each section that is not empty with its settings, a line each."""
    lines = [f"task: {task}"] if task else []
    for name, settings in sections.items():
        if settings:
            lines += [
                f"{name}:",
                *(f"  {key}: {scalar(value)}" for key, value in settings.items()),
            ]
    return "\n".join(lines)


def scalar(value: object) -> str:
    """A value as YAML takes it on one line: a text that means nothing else stays bare, all else is JSON."""
    if (
        isinstance(value, str)
        and _BARE.fullmatch(value)
        and value.lower() not in _KEYWORDS
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
