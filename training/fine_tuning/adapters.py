"""Low-rank adapters (Hu et al., LoRA, 2021): a few weights trained beside frozen ones, then merged into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.hyperparameters import Hyperparameters
from training.common.errors import HyperparameterError

if TYPE_CHECKING:
    from training.common.types import Model

HEADS = frozenset({"classifier", "pre_classifier", "score", "qa_outputs", "pooler"})
"""What transformers calls the layers that a base model may lack: they start at random and are trained as a whole."""


def with_adapters(model: Model, arguments: Hyperparameters) -> Model:
    """The model, with adapters on its linear layers where `lora` asks for them. Raises `HyperparameterError`."""
    if arguments.load_in_4bit:
        raise HyperparameterError(
            "hyperparameter load_in_4bit: expected false; found true. "
            "Weights in 4 bits are not supported: leave it out."
        )
    if not arguments.lora:
        return model
    try:
        from peft import LoraConfig, get_peft_model  # noqa: PLC0415
    except ImportError:
        raise HyperparameterError(
            "expected the package peft, which lora needs; found none. Add it to requirements.txt."
        ) from None
    heads = [name for name, _ in model.named_children() if name in HEADS]
    config = LoraConfig(
        r=arguments.lora_r,
        lora_alpha=arguments.lora_alpha,
        lora_dropout=arguments.lora_dropout,
        target_modules="all-linear",
        exclude_modules=heads or None,
        modules_to_save=heads or None,
    )
    return get_peft_model(model, config)


def merged(model: Model) -> Model:
    """The plain model, with the adapters' weights added to its own."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
