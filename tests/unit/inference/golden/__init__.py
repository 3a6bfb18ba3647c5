"""What pipelines answered that transformers has no more. `make.py` says how to make it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def golden(task: str) -> list[dict[str, Any]]:
    """The task's `inputs`, `parameters` and `answer`, of the models of `build_reader` and `build_writer`."""
    result = json.loads((Path(__file__).parent / "answers.json").read_text("utf-8"))
    return [
        {"parameters": {}} | record
        for record in result["answers"]
        if record["task"] == task
    ]
