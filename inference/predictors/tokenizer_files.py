"""What transformers 5 makes of a tokenizer's files, put right: one that is made up is refused, lost segments come back.

Where the files of a vocabulary are missing, transformers builds a tokenizer of special tokens alone, to which every
word is unknown. And of many classes it no longer gives `token_type_ids`, which models that were trained with
transformers 4 need to tell a question from its context.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import cast

from ..protocols.errors import ArchiveError
from .interfaces import Model, TorchModel, TransformersTokenizer

SEGMENTS = "token_type_ids"
LOST_SEGMENTS = frozenset(
    {
        "AlbertTokenizer",
        "BertJapaneseTokenizer",
        "BertweetTokenizer",
        "CpmTokenizer",
        "ErnieMTokenizer",
        "FlaubertTokenizer",
        "FunnelTokenizer",
        "HerbertTokenizer",
        "PreTrainedTokenizer",
        "ProphetNetTokenizer",
        "RemBertTokenizer",
        "RoCBertTokenizer",
        "RoFormerTokenizer",
        "SplinterTokenizer",
        "XLMTokenizer",
        "XLNetTokenizer",
    }
)
"""Classes, without `Fast`, whose `model_input_names` have segments in transformers 4.57.1 and not in 5.23.0."""
SHORTENED_IN = 5
"""The version of transformers."""
KNOWN_SHARE = 0.01
"""Of the words that a model has vectors for; a tokenizer that knows fewer was made up."""


def require_vocabulary(tokenizer: TransformersTokenizer, model: Model) -> None:
    """Raises `ArchiveError` for a tokenizer that knows next to none of the model's words."""
    vocab_size = getattr(model.config, "vocab_size", None)
    if not isinstance(vocab_size, int):
        return
    special = set(tokenizer.all_special_tokens)
    words = tokenizer.get_vocab().keys() - special
    if len(words) < KNOWN_SHARE * vocab_size:
        raise ArchiveError(
            f"expected a tokenizer that knows the words of the model's {vocab_size:,}; found one that knows "
            f"{len(words):,} ({type(tokenizer).__name__}). "
            "Save it beside the model, with its vocabulary: tokenizer.save_pretrained(folder)."
        )


def restore_segments(tokenizer: TransformersTokenizer, model: TorchModel) -> None:
    """Adds `token_type_ids` to the tokenizer's columns where the model was saved with a tokenizer that gave them.

    `model` is as it was loaded. One that was saved by transformers 5 learnt without them, unless its tokenizer says so.
    """
    names = tokenizer.model_input_names
    if SEGMENTS in names or not _is_older(model):
        return
    saved = _saved_config(tokenizer)
    if "model_input_names" in saved:
        return
    saved_class = str(saved.get("tokenizer_class") or type(tokenizer).__name__)
    if saved_class.removesuffix("Fast") in LOST_SEGMENTS and _reads_segments(model):
        tokenizer.model_input_names = _with_segments(names)
        # From there they are saved with it.
        tokenizer.init_kwargs["model_input_names"] = tokenizer.model_input_names


def _saved_config(tokenizer: TransformersTokenizer) -> Mapping[str, object]:
    """Its `tokenizer_config.json`, which names the class that it was saved as; empty where there is none."""
    module = import_module("transformers.models.auto.tokenization_auto")
    return cast(
        "Mapping[str, object]", module.get_tokenizer_config(tokenizer.name_or_path)
    )


def _is_older(model: Model) -> bool:
    """Whether transformers 4 or older saved it, which is so where nothing says."""
    version = getattr(model.config, "transformers_version", None) or "4"
    return int(str(version).partition(".")[0]) < SHORTENED_IN


def _reads_segments(model: TorchModel) -> bool:
    """Not those of which all tokens are of one segment; XLNet's config does not say how many it has."""
    forward: Callable[..., object] = model.forward
    is_argument = SEGMENTS in inspect.signature(forward).parameters
    return is_argument and getattr(model.config, "type_vocab_size", None) not in (0, 1)


def _with_segments(names: Collection[str]) -> list[str]:
    """In the place where tokenizers have them: after the tokens."""
    first, *others = names
    return [first, SEGMENTS, *others]
