"""The base model: from its channel where the job has one, else from the Hub."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from contracts.failures import (
    DISK,
    HUB_GATED,
    HUB_UNKNOWN,
    HUB_UNREACHABLE,
    MEMORY,
    recognise,
)
from contracts.locations import mirror_prefix
from inference.protocols.errors import ArchiveError
from tasks.hyperparameters import Hyperparameters
from training.common.errors import BaseModelError

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer

MAX_SHOWN_FILES = 10
MAX_REASON_CHARACTERS = 400
MAX_ARCHITECTURE_CHARACTERS = 180
"""Of a text whose end lists every architecture that could."""
UNFIT_ARCHITECTURE = re.compile(r"Unrecognized configuration class")
SENTENCEPIECE_MISSING = re.compile(
    r"requires the SentencePiece library|`(sentencepiece|tiktoken)` is required|No module named 'sentencepiece'",
    re.IGNORECASE,
)
"""Without it transformers takes the file of the model for one of tiktoken."""


class ModelLoader(Protocol):
    """Loads a model with the head of a task; each task's `TaskTrainer` is one."""

    def load_model(self, source: str) -> Model: ...


def source_of(channel: Path | None, model_id: str) -> str:
    """The folder of the base model in its channel, or its Hub id. Raises `BaseModelError`."""
    if channel is None:
        if not model_id:
            raise BaseModelError(
                "expected a base model; found neither a base channel nor base_model. Set base_model."
            )
        return model_id
    configs = sorted(channel.rglob("config.json"), key=lambda path: len(path.parts))
    if not configs:
        names = (
            ", ".join(sorted(path.name for path in channel.glob("*"))[:MAX_SHOWN_FILES])
            or "nothing"
        )
        raise BaseModelError(
            f"expected config.json in the base model's mirror; found {names}. Upload the model's files under "
            f"{mirror_prefix(model_id or '<model id>')}, or remove the folder to take the model from the Hub."
        )
    return str(configs[0].parent)


def load_base(loader: ModelLoader, source: str) -> tuple[Model, Tokenizer]:
    """Model and tokenizer of a folder or Hub id, with a padding token in both. Raises `BaseModelError`."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    from inference.predictors.tokenizer_files import (  # noqa: PLC0415
        require_vocabulary,
        restore_segments,
    )

    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = loader.load_model(source)
        require_vocabulary(tokenizer, model)
        restore_segments(tokenizer, model)
    except ArchiveError as error:
        raise BaseModelError(str(error)) from error
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise BaseModelError(_reason(source, error)) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    return model, tokenizer


def limit_length(
    arguments: Hyperparameters, model: Model, tokenizer: Tokenizer
) -> Hyperparameters:
    """The arguments with a `max_length`, in tokens, that the model has positions for.

    The tokenizer gets the same limit, so that serving cuts texts where training did.
    """
    from inference.predictors.tokens import token_limit  # noqa: PLC0415

    limit = token_limit(tokenizer, model)
    length = min(arguments.max_length, limit) if limit else arguments.max_length
    tokenizer.model_max_length = length
    return replace(arguments, max_length=length)


def _reason(source: str, error: Exception) -> str:
    """Why a model cannot be loaded, and what to do."""
    text = " ".join(str(error).split())
    lack = recognise(f"{type(error).__name__}: {text}", (MEMORY, DISK))
    if lack:
        return f"{lack.cause} {lack.remedy}"
    if SENTENCEPIECE_MISSING.search(text):
        return (
            "expected the package sentencepiece, which reads this base model's tokenizer; it is not installed where "
            "the job runs. Install sentencepiece there, or choose a base_model that has a tokenizer.json."
        )
    if UNFIT_ARCHITECTURE.search(text):
        return (
            "expected a base model of an architecture that can do the task; found: "
            f"{text[:MAX_ARCHITECTURE_CHARACTERS].rstrip(' .:')}. Choose another base_model."
        )
    if Path(source).is_dir():
        return (
            "expected a base model that can do the task in its mirror; "
            f"found: {text[:MAX_REASON_CHARACTERS]}. Upload weights, config.json and tokenizer files of one model."
        )
    for failure in (HUB_GATED, HUB_UNKNOWN, HUB_UNREACHABLE):
        if failure.matching_line(text):
            return str(failure.explain(source))
    description = f"{source!r}: {text[:MAX_REASON_CHARACTERS]}"
    return f"expected a base model that can do the task; found {description}. Choose another base_model."
