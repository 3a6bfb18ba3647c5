"""Low-rank adapters: a few weights are trained beside the frozen ones, and merged into them at the end."""

from __future__ import annotations

from typing import Any

from tasks.arguments import Arguments
from training.errors import ArgumentsError


def with_adapters(model: Any, arguments: Arguments) -> Any:
    """The model with adapters on all its linear layers but the head. Raises `ArgumentsError` without `peft`."""
    try:
        from peft import LoraConfig, TaskType, get_peft_model  # noqa: PLC0415
    except ImportError:
        raise ArgumentsError(
            "expected the package peft, which lora needs; found none. Add it to requirements.txt."
        ) from None
    if arguments.load_in_4bit:
        raise ArgumentsError(
            "hyperparameter load_in_4bit: expected false; found true. "
            "Weights in 4 bits are not supported: leave it out."
        )
    kind = TaskType.SEQ_2_SEQ_LM if model.config.is_encoder_decoder else TaskType.CAUSAL_LM
    return get_peft_model(
        model,
        LoraConfig(
            task_type=kind,
            r=arguments.lora_r,
            lora_alpha=arguments.lora_alpha,
            lora_dropout=arguments.lora_dropout,
            target_modules="all-linear",
        ),
    )


def merged(model: Any) -> Any:
    """The plain model, with the adapters' weights added to its own."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
