"""Validation during training, on architectures that output more than logits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BartConfig, T5Config

from tasks import Row, get_task
from tasks.schedule import Schedule
from tests.tiny_model import bert_tokenizer
from training.fine_tuning.batching import EncodedRows
from training.fine_tuning.device import Device
from training.fine_tuning.trainer import build_trainer
from training.fine_tuning.training_arguments import training_arguments
from training.inputs.base_model import load_base
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of

WORDS = "a good film and dull plot was the music"
TINY: dict[str, Any] = {
    "d_model": 16,
    "num_layers": 1,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "num_heads": 2,
    "d_kv": 8,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "d_ff": 16,
    "max_position_embeddings": 64,
}
TARGETS: dict[str, list[Row]] = {
    "text-classification": [{"label": "good"}, {"label": "bad"}],
    "text-classification/multi-label": [
        {"labels": ["good"]},
        {"labels": ["bad", "good"]},
    ],
    "text-classification/regression": [{"score": 1.0}, {"score": 3.5}],
}


def saved(config_class: Any, folder: Path) -> tuple[str, Any]:
    """The folder of an encoder-decoder's configuration and weights, and a tokenizer for it."""
    from transformers import AutoModel  # noqa: PLC0415

    tokenizer = bert_tokenizer(())
    # Classifiers of encoder-decoders read the state of the last end token.
    tokenizer.eos_token = tokenizer.sep_token
    config = config_class(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.sep_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        **TINY,
    )
    AutoModel.from_config(config).save_pretrained(folder)
    return str(folder), tokenizer


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("config_class", [BartConfig, T5Config])
def test_an_encoder_decoder_is_validated(
    name: str, config_class: Any, tmp_path: Path
) -> None:
    recipe = recipe_of(
        get_task(*name.split("/")),
        [] if name.endswith("regression") else ["bad", "good"],
    )
    source, tokenizer = saved(config_class, tmp_path / "base")
    model = recipe.trainer.load_model(source)
    rows = [{"text": WORDS, **target} for target in TARGETS[name] * 3]
    arguments = resolve({"max_length": 32, "max_steps": 2}, recipe.task.defaults)
    examples = EncodedRows(recipe.trainer.encode(tokenizer, rows, arguments))
    settings = training_arguments(
        arguments,
        tmp_path / "checkpoints",
        Device("cpu", None, {"use_cpu": True}),
        Schedule.of(arguments, len(rows), 1),
        recipe.trainer.validation_metric,
    )
    collator = recipe.trainer.collator(tokenizer, None, arguments)
    trainer = build_trainer(
        model, settings, collator, recipe.trainer, train=examples, validation=examples
    )
    measured = trainer.evaluate()
    assert {f"eval_{metric}" for metric in recipe.task.metrics} <= set(measured)


@pytest.mark.parametrize("accumulation", [1, 2])
def test_classes_are_weighed_in_training_and_validation(
    bert: Path, tmp_path: Path, accumulation: int
) -> None:
    recipe = recipe_of(get_task("text-classification"), ["bad", "good"])
    model, tokenizer = load_base(recipe.trainer, str(bert))
    rows: list[Row] = [
        {"text": f"{WORDS} {number}", "label": "good" if number else "bad"}
        for number in range(8)
    ]
    settings = {
        "train_batch_size": 4,
        "gradient_accumulation_steps": accumulation,
        "epochs": 1,
    }
    arguments = resolve(
        {"max_length": 32, "min_steps": 0, **settings}, recipe.task.defaults
    )
    examples = EncodedRows(recipe.trainer.encode(tokenizer, rows, arguments))
    trainer = build_trainer(
        model,
        training_arguments(
            arguments,
            tmp_path,
            Device("cpu", None, {"use_cpu": True}),
            Schedule.of(arguments, len(rows), 1),
            None,
        ),
        recipe.trainer.collator(tokenizer, None, arguments),
        recipe.trainer,
        train=examples,
        validation=examples,
        class_weighting="balanced",
    )
    measured = trainer.evaluate()
    logits = torch.as_tensor(trainer.predict(examples).predictions)
    labels = torch.tensor(examples.labels)
    halves = [
        torch.nn.functional.cross_entropy(
            logits[labels == label], labels[labels == label]
        )
        for label in (0, 1)
    ]
    assert measured["eval_loss"] == pytest.approx(float(sum(halves)) / 2, rel=1e-4)
    assert "eval_accuracy" in measured
    trainer.train()
    assert trainer.losses.take() is not None
