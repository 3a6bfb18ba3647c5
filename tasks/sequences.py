"""What the tasks share that write a text from a text: rows of two texts, requests, responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contracts.problems import Problem
from tasks import base, cells
from tasks.base import Row
from tasks.calls import one_or_many, request

GENERATION: dict[str, dict[str, Any]] = {
    "max_new_tokens": {"type": "integer", "minimum": 1, "maximum": 1024},
    "min_new_tokens": {"type": "integer", "minimum": 0, "maximum": 1024},
    "num_beams": {"type": "integer", "minimum": 1, "maximum": 16},
    "do_sample": {"type": "boolean"},
    "temperature": {"type": "number", "minimum": 0, "maximum": 100},
    "top_k": {"type": "integer", "minimum": 0},
    "top_p": {"type": "number", "minimum": 0, "maximum": 1},
    "repetition_penalty": {"type": "number", "minimum": 0.01, "maximum": 100},
    "length_penalty": {"type": "number", "minimum": -10, "maximum": 10},
    "no_repeat_ngram_size": {"type": "integer", "minimum": 0, "maximum": 100},
    "seed": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
}
"""Parameters that shape what is generated, as `generate` names them."""

STREAM = "stream"
"""The field of a request beside `inputs` that asks for the text piece by piece."""

LENGTHS: dict[str, dict[str, Any]] = {
    "max_length": {"type": "integer", "minimum": 1, "maximum": 1025},
    "min_length": {"type": "integer", "minimum": 0, "maximum": 1025},
    "early_stopping": {"type": "boolean"},
}
"""The other names of lengths, with the start token counted, where only the answer counts."""

WRITING: dict[str, dict[str, Any]] = LENGTHS | {
    "return_text": {"const": True},
    "truncation": {"const": True},
    "clean_up_tokenization_spaces": {"type": "boolean"},
}
"""What an encoder and a decoder may be asked besides."""

DEFAULTS: dict[str, Any] = base.DEFAULTS | {
    "epochs": 3,
    "min_steps": 200,
    "learning_rate": 3e-4,
    "train_batch_size": 16,
    "eval_batch_size": 16,
    "max_length": 512,
    "max_target_length": 128,
    "warmup_ratio": 0.05,
}


def two_texts(source: str, target: str) -> Callable[[Row], Row | Problem]:
    """The check of rows that hold two texts under these names."""

    def check(row: Row) -> Row | Problem:
        texts = {name: cells.required(row, name) for name in (source, target)}
        return next(
            (value for value in texts.values() if isinstance(value, Problem)), texts
        )

    return check


def hold_texts(*names: str) -> Callable[[Sequence[Row]], str | None]:
    """Whether rows hold texts under these names, not lists or objects."""

    def fits(sample: Sequence[Row]) -> str | None:
        return (
            None
            if any(
                isinstance(row.get(name), list | dict)
                for row in sample
                for name in names
            )
            else ""
        )

    return fits


def request_schema(more: dict[str, Any] | None = None) -> dict[str, Any]:
    return request(one_or_many(), GENERATION | WRITING | (more or {}))


def response_schema(key: str) -> dict[str, Any]:
    one = {"type": "object", "required": [key], "properties": {key: {"type": "string"}}}
    return {"type": "array", "items": one}
