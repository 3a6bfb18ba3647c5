"""What the container answered, kept as JSON, so that strict mode is held to it where no container runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contract.asking import Answer

Answers = dict[str, dict[str, Answer]]
"""By stage, by the request's name."""


def write(path: Path, answers: Mapping[str, Mapping[str, Answer]]) -> None:
    stages = {
        stage: {name: _plain(answer) for name, answer in of.items()}
        for stage, of in answers.items()
    }
    path.write_text(json.dumps(stages, ensure_ascii=False, indent=0) + "\n", "utf-8")


def read(path: Path) -> Answers:
    stages = json.loads(path.read_text("utf-8"))
    return {
        stage: {name: _answered(*answer) for name, answer in of.items()}
        for stage, of in stages.items()
    }


def _plain(answer: Answer) -> list[Any]:
    try:
        body = answer.body.decode()
        return [answer.status, answer.content_type, answer.own, body]
    except UnicodeDecodeError:
        return [
            answer.status,
            answer.content_type,
            answer.own,
            None,
            base64.b64encode(answer.body).decode(),
        ]


def _answered(
    status: int,
    content_type: str | None,
    own: str | None,
    text: str | None,
    data: str = "",
) -> Answer:
    return Answer(
        status,
        content_type,
        base64.b64decode(data) if text is None else text.encode(),
        own,
    )
