"""Folders as sentence-transformers saves them; `predictors/test_embedding.py` asks them beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.model.sentence_modules import SentenceModules
from inference.protocols.errors import ArchiveError

KIND = "sentence_transformers.models"


def write(folder: Path, pooling: object, *more: str, **files: object) -> Path:
    kinds = ["Transformer", "Pooling", *more]
    paths = ["", "1_Pooling", *(f"{place}_{kind}" for place, kind in enumerate(more))]
    modules = [
        {"path": path, "type": f"{KIND}.{kind}"}
        for path, kind in zip(paths, kinds, strict=True)
    ]
    (folder / "1_Pooling").mkdir()
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_a_folder_of_another_library_has_none(tmp_path: Path) -> None:
    assert SentenceModules.read(tmp_path) == SentenceModules()


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_lasttoken": True}, "lasttoken"),
        ({"pooling_mode": "max"}, "max"),
    ],
)
def test_the_way_of_pooling_is_read(
    tmp_path: Path, pooling: dict[str, object], mode: str
) -> None:
    modules = SentenceModules.read(write(tmp_path, pooling, "Normalize"))
    assert modules == SentenceModules(pooling=mode)


@pytest.mark.parametrize(
    ("pooling", "more", "unread"),
    [
        (
            {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True},
            (),
            ("Pooling",),
        ),
        ({"pooling_mode": "attention"}, (), ("Pooling",)),
        ({"pooling_mode": "mean", "include_prompt": False}, (), ("Pooling",)),
        ({"pooling_mode": "mean"}, ("Dense", "Normalize"), ("Dense",)),
    ],
)
def test_what_is_not_applied_is_named(
    tmp_path: Path, pooling: object, more: tuple[str, ...], unread: tuple[str, ...]
) -> None:
    assert SentenceModules.read(write(tmp_path, pooling, *more)).unread == unread


def test_texts_are_prepared_as_the_files_say(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {"pooling_mode": "mean"},
        sentence_bert_config={"max_seq_length": 9, "do_lower_case": True},
        config_sentence_transformers={
            "prompts": {"query": "Query: "},
            "default_prompt_name": "query",
        },
    )
    modules = SentenceModules.read(folder)
    assert modules.max_tokens == 9
    assert modules.prepared("Straße") == "query: straße"


@pytest.mark.parametrize("content", ["{", "{}", "[1]"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "modules.json").write_text(content)
    with pytest.raises(ArchiveError, match=r"expected .* in .*modules.json"):
        SentenceModules.read(tmp_path)
