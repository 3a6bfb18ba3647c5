"""How a folder of sentence-transformers makes a vector of a text: its `modules.json` and what that names.

The files are those of sentence-transformers 2 to 6 (docs: Creating Custom Models). Such a model answers with other
vectors where they are not read: models that pool by the first token (BGE, Arctic) then find nothing alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

from ..protocols.errors import ArchiveError
from ..protocols.messages import Json

JsonObject = Mapping[str, Json]
POOLING_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
POOLING_KEY = "pooling_mode"
"""Newer files name the way of pooling here."""
TRANSFORMER, POOLING, NORMALIZE = "Transformer", "Pooling", "Normalize"


@dataclass(frozen=True)
class SentenceModules:
    pooling: str = ""
    """One of the values of `POOLING_MODES`; empty for a folder of no sentence-transformers model."""
    max_tokens: int | None = None
    lowercases: bool = False
    prompt: str = ""
    """What is put before each text."""
    unread: tuple[str, ...] = ()
    """Parts that make the vector too, and that are not applied here."""

    @classmethod
    def read(cls, model_dir: Path) -> SentenceModules:
        """Raises `ArchiveError` for a file that is no JSON of its kind."""
        if not (model_dir / "modules.json").is_file():
            return cls()
        modules = _read(model_dir / "modules.json")
        if not isinstance(modules, list):
            raise _wrong(model_dir / "modules.json", "a list of modules")
        pooling, unread = "", []
        for module in modules:
            if not isinstance(module, dict):
                raise _wrong(model_dir / "modules.json", "a list of modules")
            kind = str(module.get("type", "")).rpartition(".")[2]
            folder = PurePosixPath(str(module.get("path", "")))
            if kind == POOLING and ".." not in folder.parts:
                pooling = _pooling(_object(model_dir / folder / "config.json"))
            elif kind not in (TRANSFORMER, NORMALIZE):
                unread.append(kind)
        settings = _object(model_dir / "sentence_bert_config.json")
        max_tokens = settings.get("max_seq_length")
        return cls(
            pooling=pooling,
            max_tokens=max_tokens if isinstance(max_tokens, int) else None,
            lowercases=settings.get("do_lower_case") is True,
            prompt=_prompt(_object(model_dir / "config_sentence_transformers.json")),
            unread=tuple(unread) if pooling else (*unread, POOLING),
        )

    def prepared(self, text: str) -> str:
        """The text as the model reads it."""
        whole = self.prompt + text
        return whole.lower() if self.lowercases else whole


def _pooling(config: JsonObject) -> str:
    """Empty where it pools in several ways at once, or leaves the prompt out."""
    chosen = [mode for key, mode in POOLING_MODES.items() if config.get(key) is True]
    named = config.get(POOLING_KEY)
    if isinstance(named, str):
        chosen = [named]
    if len(chosen) != 1 or config.get("include_prompt") is False:
        return ""
    (mode,) = chosen
    return mode if mode in POOLING_MODES.values() else ""


def _prompt(config: JsonObject) -> str:
    prompts, name = config.get("prompts"), config.get("default_prompt_name")
    if isinstance(prompts, dict) and isinstance(name, str):
        return str(prompts.get(name) or "")
    return ""


def _object(path: Path) -> JsonObject:
    """Empty where the file is missing."""
    content = _read(path) if path.is_file() else {}
    if not isinstance(content, dict):
        raise _wrong(path, "a JSON object")
    return content


def _read(path: Path) -> Json:
    try:
        return cast(Json, json.loads(path.read_text("utf-8")))
    except ValueError as error:
        raise _wrong(path, f"JSON ({error})") from None


def _wrong(path: Path, expected: str) -> ArchiveError:
    return ArchiveError(
        f"expected {expected} in {path}; found something else. "
        "Save the model again with sentence-transformers."
    )
