"""What the client's methods return; most of it is what the API answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.api_answers import (
    Batch,
    ExampleCall,
    Link,
    ModelLine,
    ModelPage,
    Release,
    RunLine,
    TrainingCost,
)

__all__ = [
    "Batch",
    "ExampleCall",
    "Link",
    "ModelLine",
    "ModelPage",
    "Prediction",
    "Release",
    "RunLine",
    "TrainingCost",
]


@dataclass(frozen=True)
class Prediction:
    """What a model answered."""

    answer: Any
    """As the task has it: for a classifier, a list of `{"label", "score"}`."""
    run: str
    """The run whose model answered."""
    truncated: int = 0
    """How many inputs were cut at the model's limit."""
