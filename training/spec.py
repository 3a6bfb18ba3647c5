"""What is to be made: the parts of `spec.json` that concern training."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.errors import DataError


@dataclass(frozen=True)
class Spec:
    run: str = ""
    model: str = ""
    task: str = ""
    variant: str = ""
    base_model: str = ""
    labels: tuple[str, ...] = ()
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)
    serving: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    script: bool = False
    """Whether the drop's own `code/train.py` is to be run."""
    hooks: tuple[str, ...] | None = None
    """What the drop's own `code/inference.py` defines; None where it has none."""
    example: Any = None
    """A request that the model answers, for hooks that want another than the task's."""

    @classmethod
    def read(cls, channel: Path | None) -> Spec:
        """Raises `DataError` for a file that is missing or no JSON object."""
        if channel is None:
            return cls()
        path = channel / "spec.json"
        try:
            content = json.loads(path.read_text("utf-8"))
            return cls(**{name: content[name] for name in cls.__dataclass_fields__ if content.get(name) is not None})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise DataError(
                f"expected a JSON object in {path}; found {type(error).__name__}: {error}. Upload the spec again."
            ) from None
