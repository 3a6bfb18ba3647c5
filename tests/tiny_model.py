"""A tiny random BERT with a tokenizer of its own: trains in seconds, and learns what one word tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
TEXTS = (
    "good fine great lovely film plot cast music",
    "bad awful poor dull scene story end start",
    "the a an of and was is it this that very not in on by for with as at from",
)
POSITIONS = 64


def build(directory: Path, texts: Sequence[str] = TEXTS, seed: int = 0) -> Path:
    """Saves the model and its tokenizer, trained on the texts, into the directory."""
    tokenizer = bert_tokenizer(texts)
    torch.manual_seed(seed)
    BertModel(bert_config(tokenizer)).save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory


def bert_config(tokenizer: PreTrainedTokenizerFast) -> BertConfig:
    """Larger weights than usual and no dropout: a few steps at a common learning rate suffice."""
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=512,
        max_position_embeddings=POSITIONS,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def vocabulary_of(texts: Sequence[str]) -> dict[str, int]:
    """The texts' words and the letters to spell others, numbered alike in every run, as a trained one would not be."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    words = [word for text in texts for word in text.lower().split()]
    tokens = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *words]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def bert_tokenizer(
    texts: Sequence[str], vocabulary: dict[str, int] | None = None
) -> PreTrainedTokenizerFast:
    """It knows the texts' words, unless its vocabulary is given, which begins with `SPECIAL`."""
    backend = Tokenizer(
        models.WordPiece(vocabulary or vocabulary_of(texts), unk_token="[UNK]")
    )
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ids = {token: number for number, token in enumerate(SPECIAL)}
    backend.post_processor = processors.BertProcessing(
        ("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"])
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=POSITIONS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
