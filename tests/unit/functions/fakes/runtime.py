"""An endpoint whose answers are set by the test."""

from __future__ import annotations

import json
from typing import Any

from functions.adapters.runtime import Prediction, Runtime
from tests.unit.functions.specs import RUN


class AnsweringRuntime(Runtime):
    """Gives each call the next of its answers, the last one for ever.

    An answer is a value, or a `Prediction`; an exception is raised.
    """

    def __init__(self, *answers: Any, run: str = RUN) -> None:
        self.answers = list(answers)
        self.run = run
        self.bodies: list[bytes] = []
        self.endpoints: list[str] = []

    def invoke(self, endpoint: str, body: bytes) -> Prediction:
        self.bodies.append(body)
        self.endpoints.append(endpoint)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Prediction):
            return answer
        return Prediction(json.dumps(answer).encode(), self.run)
