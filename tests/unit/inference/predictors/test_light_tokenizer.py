from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from inference.predictors.light_tokenizer import LightTokenizer, suffices
from inference.predictors.tokens import UNLIMITED_TOKENS

VOCABULARY = {"[PAD]": 0, "[MASK]": 1, "good": 2, "film": 3, "?": 4}
CONFIG = {
    "pad_token": "[PAD]",
    "mask_token": {"content": "[MASK]"},
    "unk_token": None,
    "padding_side": "left",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_special_tokens_are_those_of_the_config(folder: Path) -> None:
    tokenizer = LightTokenizer(folder, ["input_ids"], None)
    assert (tokenizer.pad_token_id, tokenizer.mask_token_id, tokenizer.mask_token) == (
        0,
        1,
        "[MASK]",
    )
    assert (tokenizer.unk_token_id, tokenizer.cls_token_id) == (None, None)
    assert (tokenizer.padding_side, tokenizer.truncation_side) == ("left", "right")
    assert tokenizer.model_max_length == UNLIMITED_TOKENS


def test_texts_become_tokens_and_texts_again(folder: Path) -> None:
    tokenizer = LightTokenizer(folder, ["input_ids"], 8)
    assert tokenizer.encode("good film") == [2, 3]
    assert tokenizer.decode([2, 3]) == "good film"
    assert tokenizer.convert_tokens_to_string(["good", "film"]) == "good film"
    assert tokenizer.get_vocab() == VOCABULARY


def test_a_tokenizer_that_cleans_up_spaces_is_left_to_transformers(
    folder: Path,
) -> None:
    assert suffices(folder)
    (folder / "tokenizer_config.json").write_text(
        json.dumps(CONFIG | {"clean_up_tokenization_spaces": True})
    )
    assert not suffices(folder)
    (folder / "tokenizer.json").unlink()
    assert not suffices(folder)
