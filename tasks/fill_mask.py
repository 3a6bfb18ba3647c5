"""Fill-mask: a masked language model made at home in a domain by its plain texts."""

from __future__ import annotations

from tasks import inputs
from tasks.base import DEFAULTS, Column, Task
from tasks.calls import one_or_many, request
from tasks.text_generation import check_text

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
    defaults=DEFAULTS | {"epochs": 3, "mlm_probability": 0.15, "warmup_ratio": 0.05},
    request_schema=request(
        one_or_many(),
        {"top_k": {"type": "integer", "minimum": 1}, "targets": one_or_many()},
    ),
    response_schema={
        "type": "array",
        "items": {"anyOf": [_FILLED, _LIST, {"type": "array", "items": _LIST}]},
    },
    example_inputs="The capital of France is <mask>.",
    check_row=check_text,
    inputs_of=inputs.text_in("text"),
    aliases=("masked-lm", "domain-adaptation"),
    use_sentence="Guesses hidden words; a base to fine-tune from, for texts of the kind it was trained on.",
    pipeline_call='model({inputs}.replace("<mask>", model.tokenizer.mask_token))',
    in_pieces=True,
    targets=(),
)
