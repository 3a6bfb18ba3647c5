"""Fill-mask: a masked language model made at home in a domain by its plain texts."""

from __future__ import annotations

from tasks.base import Column, Task
from tasks.text_generation import check_text

_TEXT = {"type": "string", "minLength": 1}
_FILLED = {
    "type": "object",
    "required": ["score", "token", "token_str", "sequence"],
    "properties": {
        "score": {"type": "number"},
        "token": {"type": "integer"},
        "token_str": {"type": "string"},
        "sequence": {"type": "string"},
    },
}
_LIST = {"type": "array", "items": _FILLED}

TASK = Task(
    name="fill-mask",
    title="Fill-mask",
    columns=(Column("text", ("content", "document", "body", "sentence")),),
    metric="top_1",
    metrics=("top_1", "pseudo_perplexity", "loss"),
    architecture_suffixes=("ForMaskedLM",),
    family="masked_lm",
    base_model="distilbert/distilroberta-base",
    defaults={
        "epochs": 3,
        "min_steps": 100,
        "learning_rate": 1e-4,
        "train_batch_size": 32,
        "eval_batch_size": 64,
        "max_length": 256,
        "mlm_probability": 0.15,
        "warmup_ratio": 0.05,
        "weight_decay": 0.01,
        "seed": 42,
    },
    request_schema={
        "type": "object",
        "required": ["inputs"],
        "additionalProperties": False,
        "properties": {
            "inputs": {"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]},
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "top_k": {"type": "integer", "minimum": 1},
                    "targets": {"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]},
                },
            },
        },
    },
    response_schema={"type": "array", "items": {"anyOf": [_FILLED, _LIST, {"type": "array", "items": _LIST}]}},
    example_inputs="The capital of France is <mask>.",
    check_row=check_text,
    aliases=("masked-lm", "domain-adaptation"),
    in_pieces=True,
    targets=(),
)
