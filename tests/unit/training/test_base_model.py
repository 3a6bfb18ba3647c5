from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from training.base_model import limit_length, source_of
from training.errors import BaseModelError
from training.hyperparameters import resolve


def test_the_shallowest_config_of_the_channel_is_the_model(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "onnx", tmp_path / "a"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text("{}", "utf-8")
    assert source_of(tmp_path, "org/m") == str(tmp_path / "a")


def test_without_a_channel_it_is_the_models_id() -> None:
    assert source_of(None, "org/m") == "org/m"
    with pytest.raises(BaseModelError, match="found neither a base channel nor base_model"):
        source_of(None, "")


def test_a_mirror_without_a_config_is_named_with_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_text("x", "utf-8")
    with pytest.raises(BaseModelError, match=r"found weights\.bin\. Upload .* base-models/org/m/"):
        source_of(tmp_path, "org/m")


@pytest.mark.parametrize("requested", [16, 100_000])
def test_texts_are_cut_where_the_model_has_no_more_positions(bert: Path, requested: int) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(bert)
    tokenizer = AutoTokenizer.from_pretrained(bert)
    positions = model.config.max_position_embeddings
    limited = limit_length(resolve({"max_length": requested}, {}), model, tokenizer)
    assert limited.max_length == tokenizer.model_max_length == min(requested, positions)
