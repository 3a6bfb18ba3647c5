"""What the container answered, kept as JSON, so that strict mode is held to it where no container runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contract.asking import Answered

Answers = dict[str, dict[str, Answered]]
"""By stage, by the request's name."""


def write(path: Path, answers: Mapping[str, Mapping[str, Answered]]) -> None:
    stages = {
        stage: {name: _plain(found) for name, found in of.items()} for stage, of in answers.items()
    }
    path.write_text(json.dumps(stages, ensure_ascii=False, indent=0) + "\n", "utf-8")


def read(path: Path) -> Answers:
    stages = json.loads(path.read_text("utf-8"))
    return {
        stage: {name: _answered(*found) for name, found in of.items()}
        for stage, of in stages.items()
    }


def _plain(found: Answered) -> list[Any]:
    try:
        body = found.body.decode()
        return [found.status, found.content_type, found.own, body]
    except UnicodeDecodeError:
        return [
            found.status,
            found.content_type,
            found.own,
            None,
            base64.b64encode(found.body).decode(),
        ]


def _answered(
    status: int, content_type: str | None, own: str | None, text: str | None, data: str = ""
) -> Answered:
    return Answered(
        status, content_type, base64.b64decode(data) if text is None else text.encode(), own
    )
