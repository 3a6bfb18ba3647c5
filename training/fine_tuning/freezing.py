"""Layers that are not trained: the lowest of a model, and the embeddings under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.arguments import Arguments
from training.errors import ArgumentsError


def frozen(model: Any, arguments: Arguments) -> Any:
    """The model, its embeddings and `freeze_layers` lowest encoder layers fixed. Raises `ArgumentsError`."""
    count = arguments.freeze_layers
    if not count:
        return model
    if arguments.lora:
        raise ArgumentsError(
            f"hyperparameter freeze_layers: expected 0 with lora, which trains none of the model's own layers; "
            f"found {count}. Remove one of the two."
        )
    name, layers = _layers(_stack(model))
    if count > len(layers):
        raise ArgumentsError(
            f"hyperparameter freeze_layers: expected at most {len(layers)}, which is how many layers this model has; "
            f"found {count}. Lower it."
        )
    for weights in _lowest(_stack(model), name, count):
        weights.requires_grad_(False)
    return model


def _stack(model: Any) -> Any:
    """Where texts go in: the encoder of a model that has one beside its decoder, else the model without its head."""
    return model.get_encoder() if model.config.is_encoder_decoder else model.base_model


def _layers(stack: Any) -> tuple[str, Any]:
    """The list of layers, whatever an architecture calls it: that which holds the most weights."""
    from torch.nn import ModuleList  # noqa: PLC0415

    lists = [(name, module) for name, module in stack.named_modules() if isinstance(module, ModuleList)]
    return max(lists, key=lambda found: sum(weights.numel() for weights in found[1].parameters()), default=("", []))


def _lowest(stack: Any, layers: str, count: int) -> Iterator[Any]:
    """Weights of the lowest layers, and of all that stands before the layers or says that it embeds."""
    kept = tuple(f"{layers}.{index}." for index in range(count))
    below = True
    for name, weights in stack.named_parameters():
        inside = name.startswith(f"{layers}.")
        below = below and not inside
        if name.startswith(kept) or (not inside and (below or "embed" in name)):
            yield weights
