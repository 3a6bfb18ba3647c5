"""Tiny random models of every architecture the tasks train, each with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from tests.tiny_model import POSITIONS, SPECIAL, TEXTS, bert_config, bert_tokenizer

_WORDS = tuple(dict.fromkeys(" ".join(TEXTS).split()))
_LETTERS = tuple("abcdefghijklmnopqrstuvwxyz0123456789")
_CORPUS = (
    *TEXTS,
    "the council met and decided to build a bridge over the river",
    "save open close file window change",
)


def build_t5(directory: Path) -> Path:
    """Encoder and decoder with an end token, 32 dimensions."""
    tokenizer = _byte_tokenizer("</s>", "<pad>", ends=True)
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    return _save(T5ForConditionalGeneration(config), tokenizer, directory)


def build_llama(directory: Path) -> Path:
    """A decoder, left-padded, without a chat template."""
    tokenizer = _byte_tokenizer("<|endoftext|>", "<|endoftext|>", ends=False)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=256,
        **end_tokens(tokenizer),
    )
    return _save(LlamaForCausalLM(config), tokenizer, directory)


def end_tokens(tokenizer: Any) -> dict[str, int]:
    """For the config of a decoder: its end token begins texts, too."""
    end = tokenizer.eos_token_id
    return {
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": tokenizer.pad_token_id,
    }


def build_masked_bert(directory: Path) -> Path:
    tokenizer = bert_tokenizer(_CORPUS)
    torch.manual_seed(0)
    config: BertConfig = bert_config(tokenizer)
    return _save(BertForMaskedLM(config), tokenizer, directory)


def build_reader(directory: Path) -> Path:
    """A BERT that answers questions, the same on every machine: neither training nor torch's lots are in it."""
    pieces = [
        *SPECIAL,
        *_WORDS,
        *_LETTERS,
        *(f"##{letter}" for letter in _LETTERS),
        *",.?!'",
    ]
    tokenizer = bert_tokenizer(
        (), {piece: number for number, piece in enumerate(pieces)}
    )
    config = bert_config(tokenizer)
    config.hidden_size, config.intermediate_size = 32, 64
    return _save(_drawn(BertForQuestionAnswering(config), 0.4), tokenizer, directory)


def build_writer(directory: Path) -> Path:
    """A T5 with words of its own, the same on every machine."""
    pieces = [
        "<pad>",
        "</s>",
        "<unk>",
        "▁",
        *(f"▁{word}" for word in _WORDS),
        *_LETTERS,
        *",.:?!'",
    ]
    backend = Tokenizer(
        models.Unigram(
            [(piece, -1.0 if len(piece) > 1 else -9.0) for piece in pieces], unk_id=2
        )
    )
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=POSITIONS,
        model_input_names=["input_ids", "attention_mask"],
    )
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    model = _drawn(T5ForConditionalGeneration(config), 1.0)
    with torch.no_grad():
        # Decided enough that no machine's rounding changes what is written.
        model.decoder.final_layer_norm.weight.fill_(4.0)
    return _save(model, tokenizer, directory)


def _drawn(model: Any, spread: float) -> Any:
    """Every matrix from NumPy's frozen generator, which draws the same everywhere and always."""
    rng = np.random.RandomState(0)
    with torch.no_grad():
        for _, values in sorted(model.named_parameters()):
            if values.dim() > 1:
                values.copy_(
                    torch.from_numpy(rng.normal(0, spread, tuple(values.shape)))
                )
    return model


def build_classifier(directory: Path) -> Path:
    """A BERT that finds texts negative or positive, the same on every machine."""
    tokenizer = bert_tokenizer(_CORPUS)
    config = bert_config(tokenizer)
    config.id2label = {0: "negative", 1: "positive"}
    config.label2id = {"negative": 0, "positive": 1}
    return _save(
        _drawn(BertForSequenceClassification(config), 0.2), tokenizer, directory
    )


_TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def build_tagger(directory: Path) -> Path:
    """A BERT that gives every sub-word a tag of its own choice."""
    tokenizer = bert_tokenizer(_CORPUS)
    config = bert_config(tokenizer)
    config.id2label = dict(enumerate(_TAGS))
    return _save(_drawn(BertForTokenClassification(config), 0.3), tokenizer, directory)


def build_byte_tagger(directory: Path) -> Path:
    """The same with byte-level tokens, padded on the left."""
    tokenizer = _byte_tokenizer("</s>", "<pad>", ends=True)
    tokenizer.padding_side = "left"
    config = bert_config(tokenizer)
    config.max_position_embeddings = tokenizer.model_max_length
    config.id2label = dict(enumerate(_TAGS))
    return _save(_drawn(BertForTokenClassification(config), 0.3), tokenizer, directory)


BASES: dict[str, Callable[[Path], Path]] = {
    "google-t5/t5-small": build_t5,
    "HuggingFaceTB/SmolLM2-135M": build_llama,
    "distilbert/distilroberta-base": build_masked_bert,
}
"""What stands for the tasks' own base models where there is no Hub."""


def _save(model: Any, tokenizer: Any, directory: Path) -> Path:
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory


def _byte_tokenizer(end: str, padding: str, ends: bool) -> PreTrainedTokenizerFast:
    """Byte-level BPE: every text comes back as it was."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    special = list(dict.fromkeys([padding, end]))
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=alphabet,
        show_progress=False,
    )
    backend.train_from_iterator(_CORPUS, trainer)
    if ends:
        backend.post_processor = processors.TemplateProcessing(
            single=f"$A {end}",
            pair=f"$A {end} $B {end}",
            special_tokens=[(end, backend.token_to_id(end))],
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=end,
        pad_token=padding,
        model_max_length=4 * POSITIONS,
        model_input_names=["input_ids", "attention_mask"],
    )
