from __future__ import annotations

from pathlib import Path

import pytest
import sentencepiece
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DebertaV2Config,
    DebertaV2Model,
    OPTConfig,
    OPTModel,
)

from tasks import get_task
from tests.tiny_model import TEXTS, bert_tokenizer
from training.common.errors import BaseModelError
from training.inputs.base_model import limit_length, load_base, source_of
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of


def test_the_shallowest_config_of_the_channel_is_the_model(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "onnx", tmp_path / "a"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text("{}", "utf-8")
    assert source_of(tmp_path, "org/m") == str(tmp_path / "a")


def test_without_a_channel_it_is_the_models_id() -> None:
    assert source_of(None, "org/m") == "org/m"
    with pytest.raises(
        BaseModelError, match="found neither a base channel nor base_model"
    ):
        source_of(None, "")


def test_a_mirror_without_a_config_is_named_with_what_lies_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "weights.bin").write_text("x", "utf-8")
    with pytest.raises(
        BaseModelError, match=r"found weights\.bin\. Upload .* base-models/org/m/"
    ):
        source_of(tmp_path, "org/m")


@pytest.mark.parametrize("requested", [16, 100_000])
def test_texts_are_cut_where_the_model_has_no_more_positions(
    bert: Path, requested: int
) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(bert)
    tokenizer = AutoTokenizer.from_pretrained(bert)
    positions = model.config.max_position_embeddings
    limited = limit_length(resolve({"max_length": requested}, {}), model, tokenizer)
    assert limited.max_length == tokenizer.model_max_length == min(requested, positions)


def test_a_model_with_only_the_tokenizer_of_sentencepiece_is_loaded(
    tmp_path: Path,
) -> None:
    config = DebertaV2Config(
        vocab_size=80,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    DebertaV2Model(config).save_pretrained(tmp_path)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS),
        model_prefix=str(tmp_path / "spm"),
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=3,
        minloglevel=2,
    )
    (tmp_path / "spm.vocab").unlink()
    recipe = recipe_of(get_task("text-classification"), ["bad", "good"])
    model, tokenizer = load_base(recipe.trainer, str(tmp_path))
    assert tokenizer.decode(
        tokenizer(TEXTS[0])["input_ids"], skip_special_tokens=True
    ).strip()
    assert model.config.num_labels == 2


def test_a_mirror_whose_architecture_cannot_do_the_task_says_to_choose_another(
    tmp_path: Path,
) -> None:
    config = OPTConfig(
        vocab_size=32,
        hidden_size=16,
        word_embed_proj_dim=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=16,
    )
    OPTModel(config).save_pretrained(tmp_path)
    bert_tokenizer(TEXTS).save_pretrained(tmp_path)
    recipe = recipe_of(get_task("token-classification"), ["B-PER", "O"])
    with pytest.raises(BaseModelError) as raised:
        load_base(recipe.trainer, str(tmp_path))
    assert str(raised.value).endswith(". Choose another base_model.")
    assert "Upload" not in str(raised.value)
    assert "OPTConfig" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "`tiktoken` is required to read a `tiktoken` file",
        "MarianTokenizer requires the SentencePiece library but it was not found in your environment.",
    ],
)
def test_a_missing_sentencepiece_is_named(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: str) -> None:
        raise ImportError(text)

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", fail)
    recipe = recipe_of(get_task("text-classification"), ["bad", "good"])
    with pytest.raises(
        BaseModelError, match=r"^expected the package sentencepiece, .* Install"
    ):
        load_base(recipe.trainer, "org/m")
