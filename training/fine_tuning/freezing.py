"""Layers that are not trained: the lowest ones of a model, and the embeddings under them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tasks.hyperparameters import Hyperparameters
from training.common.errors import HyperparameterError

if TYPE_CHECKING:
    from torch.nn import Module, Parameter

    from training.common.types import Model


def freeze_lowest_layers(model: Model, arguments: Hyperparameters) -> None:
    """Fixes the model's embeddings and its `freeze_layers` lowest encoder layers. Raises `HyperparameterError`."""
    count = arguments.freeze_layers
    if not count:
        return
    if arguments.lora:
        raise HyperparameterError(
            f"hyperparameter freeze_layers: expected 0 with lora, which trains none of the model's own layers; "
            f"found {count}. Remove one of the two."
        )
    stack = _stack(model)
    name, layers = _layers(stack)
    if count > len(layers):
        raise HyperparameterError(
            f"hyperparameter freeze_layers: expected at most {len(layers)}, which is how many layers this model has; "
            f"found {count}. Lower it."
        )
    for weights in _lowest_weights(stack, name, count):
        weights.requires_grad_(False)


def _stack(model: Model) -> Module:
    """Where texts go in: the encoder of a model that has one beside its decoder, else the model without its head."""
    stack: Module = (
        model.get_encoder() if model.config.is_encoder_decoder else model.base_model
    )
    return stack


def _layers(stack: Module) -> tuple[str, Sequence[Module]]:
    """The list of layers and its name, whatever an architecture calls it: the list that holds the most weights."""
    from torch.nn import ModuleList  # noqa: PLC0415

    best: tuple[str, Sequence[Module]] = ("", ())
    best_count = -1
    for name, module in stack.named_modules():
        if isinstance(module, ModuleList):
            count = sum(weights.numel() for weights in module.parameters())
            if count > best_count:
                best, best_count = (name, list(module)), count
    return best


def _lowest_weights(stack: Module, layers: str, count: int) -> Iterator[Parameter]:
    """Those of the lowest layers, and of everything before the layers or with `embed` in its name."""
    lowest = tuple(f"{layers}.{index}." for index in range(count))
    before_layers = True
    for name, weights in stack.named_parameters():
        in_layers = name.startswith(f"{layers}.")
        if in_layers:
            before_layers = False
        is_embedding = not in_layers and (before_layers or "embed" in name)
        if is_embedding or name.startswith(lowest):
            yield weights
