"""An endpoint whose answers are set by the test."""

from __future__ import annotations

import json
from typing import Any

from functions.adapters.runtime import Runtime


class AnsweringRuntime(Runtime):
    """Gives each call the next of its answers, the last one for ever; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []

    def invoke(self, endpoint: str, body: bytes) -> bytes:
        self.bodies.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return json.dumps(answer).encode()
