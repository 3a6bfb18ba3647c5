"""Tiny random models of every architecture the tasks train, each with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from tests.tiny_model import POSITIONS, TEXTS, bert_config, bert_tokenizer

_CORPUS = (*TEXTS, "the council met and decided to build a bridge over the river", "save open close file window change")


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
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return _save(LlamaForCausalLM(config), tokenizer, directory)


def build_masked_bert(directory: Path) -> Path:
    tokenizer = bert_tokenizer(_CORPUS)
    torch.manual_seed(0)
    config: BertConfig = bert_config(tokenizer)
    return _save(BertForMaskedLM(config), tokenizer, directory)


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
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(_CORPUS, trainer)
    if ends:
        backend.post_processor = processors.TemplateProcessing(
            single=f"$A {end}", pair=f"$A {end} $B {end}", special_tokens=[(end, backend.token_to_id(end))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token=end,
        pad_token=padding,
        model_max_length=4 * POSITIONS,
        model_input_names=["input_ids", "attention_mask"],
    )
