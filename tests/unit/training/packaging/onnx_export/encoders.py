"""Tiny random encoders of the architectures that people fine-tune, saved as a training job packs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.tiny_model import POSITIONS, TEXTS, bert_tokenizer

_SIZE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": POSITIONS,
    "pad_token_id": 0,
    "initializer_range": 0.2,
}
_DISTILBERT: dict[str, Any] = {
    "dim": 32,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 64,
    "max_position_embeddings": POSITIONS,
    "initializer_range": 0.2,
}
_DEBERTA: dict[str, Any] = {
    "relative_attention": True,
    "pos_att_type": ["c2p", "p2c"],
    "position_biased_input": False,
    "share_att_key": True,
    "position_buckets": 16,
}
_MODERNBERT: dict[str, Any] = {
    "local_attention": 8,
    "global_attn_every_n_layers": 2,
    "cls_token_id": 2,
    "sep_token_id": 3,
}
_MODERN = {
    name: value for name, value in _SIZE.items() if name != "max_position_embeddings"
}

ARCHITECTURES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "bert": ("Bert", _SIZE),
    "distilbert": ("DistilBert", _DISTILBERT),
    "roberta": ("Roberta", _SIZE | {"max_position_embeddings": POSITIONS + 1}),
    "electra": ("Electra", _SIZE | {"embedding_size": 16}),
    "deberta": ("DebertaV2", _SIZE | _DEBERTA),
    "modernbert": (
        "ModernBert",
        _MODERN | _MODERNBERT | {"max_position_embeddings": 2 * POSITIONS},
    ),
}
HEADS = {
    "text_classification": "ForSequenceClassification",
    "token_classification": "ForTokenClassification",
    "question_answering": "ForQuestionAnswering",
    "masked_lm": "ForMaskedLM",
    "embedding": "Model",
}


def build(
    folder: Path,
    architecture: str = "bert",
    family: str = "text_classification",
    side: str = "right",
) -> Path:
    """A model that no task has trained, and a tokenizer that pads on this side."""
    name, settings = ARCHITECTURES[architecture]
    tokenizer = bert_tokenizer(TEXTS)
    tokenizer.padding_side = side
    if architecture in {"distilbert", "roberta", "modernbert"}:
        tokenizer.model_input_names = ["input_ids", "attention_mask"]
    config = getattr(transformers, f"{name}Config")(
        vocab_size=len(tokenizer), **settings
    )
    torch.manual_seed(0)
    getattr(transformers, f"{name}{HEADS[family]}")(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
