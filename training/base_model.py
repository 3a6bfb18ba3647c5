"""The base model: from its channel where the job has one, else from the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts.failures import DISK, HUB_GATED, HUB_UNKNOWN, HUB_UNREACHABLE, MEMORY, recognise
from tasks.arguments import Arguments
from training.errors import BaseModelError
from training.recipes import Recipe


def source_of(channel: Path | None, model_id: str) -> str:
    """A directory or a Hub id. Raises `BaseModelError`."""
    if channel is None:
        if not model_id:
            raise BaseModelError("expected a base model; found neither a base channel nor base_model. Set base_model.")
        return model_id
    found = next((path.parent for path in sorted(channel.rglob("config.json"), key=lambda p: len(p.parts))), None)
    if found is None:
        names = ", ".join(sorted(path.name for path in channel.glob("*"))[:10]) or "nothing"
        raise BaseModelError(
            f"expected config.json in the base model's mirror; found {names}. Upload the model's files under "
            f"base-models/{model_id or '<model id>'}/, or remove the folder to take the model from the Hub."
        )
    return str(found)


def load_base(recipe: Recipe, source: str, labels: Sequence[str]) -> tuple[Any, Any]:
    """Model and tokenizer, with a padding token in both. Raises `BaseModelError`."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = recipe.load_model(source, labels)
    except (OSError, ValueError, KeyError) as error:
        raise BaseModelError(_reason(source, error)) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    return model, tokenizer


def fitting(arguments: Arguments, model: Any, tokenizer: Any) -> Arguments:
    """The arguments with a `max_length` that the model has positions for, which is where serving cuts texts too."""
    from inference.predictors.tokens import token_limit  # noqa: PLC0415

    length = min(filter(None, (arguments.max_length, token_limit(tokenizer, model))))
    tokenizer.model_max_length = length
    return replace(arguments, max_length=length)


def _reason(source: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if known := recognise(f"{type(error).__name__}: {text}", (MEMORY, DISK)):
        return f"{known.cause} {known.remedy}"
    if Path(source).is_dir():
        return (
            f"expected a base model that can do the task in its mirror; found: {text[:400]}. "
            "Upload weights, config.json and tokenizer files of one model."
        )
    for hub in (HUB_GATED, HUB_UNKNOWN, HUB_UNREACHABLE):
        if hub.matching_line(text):
            told = hub.explain(source)
            return f"{told.cause} {told.remedy}"
    return f"expected a base model that can do the task; found {source!r}: {text[:400]}. Choose another base_model."
