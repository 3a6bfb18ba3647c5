from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AlbertConfig,
    AlbertForQuestionAnswering,
    BertForQuestionAnswering,
)
from transformers import pipeline as transformers_pipeline

from inference.predictors import question_answering, text_classification
from inference.protocols.errors import ArchiveError
from tests.tiny_model import bert_config, bert_tokenizer
from tests.unit.inference.tiny import build_model

QUESTION = "who met ?"
CONTEXT = "the council met and decided to build a bridge"


def edit(path: Path, **changes: object) -> None:
    content = json.loads(path.read_text())
    content |= changes
    for name in [name for name, value in content.items() if value is None]:
        del content[name]
    path.write_text(json.dumps(content))


def build_reader(folder: Path, kind: str, saved_by: str, tokenizer_class: str) -> Path:
    """A reader to which segments matter, as the version of transformers and the class of its tokenizer left it."""
    tokenizer = bert_tokenizer([CONTEXT, QUESTION])
    torch.manual_seed(1)
    config: Any = bert_config(tokenizer)
    if kind == "bert":
        model: Any = BertForQuestionAnswering(config)
    else:
        sizes = {"embedding_size": 32, "num_hidden_groups": 1}
        names = ("vocab_size", "hidden_size", "num_attention_heads", "pad_token_id")
        sizes |= {name: getattr(config, name) for name in names}
        model = AlbertForQuestionAnswering(
            AlbertConfig(num_hidden_layers=2, intermediate_size=128, **sizes)
        )
    for name, weights in model.named_parameters():
        if "token_type" in name:
            torch.nn.init.normal_(weights, std=3.0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    edit(folder / "config.json", transformers_version=saved_by)
    edit(
        folder / "tokenizer_config.json",
        tokenizer_class=tokenizer_class,
        model_input_names=None,
    )
    return folder


def answer_with(folder: Path, names: list[str]) -> Any:
    """What transformers' model says with these columns: its start logits."""
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(folder, model_input_names=names)
    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    columns = tokenizer(QUESTION, CONTEXT, return_tensors="pt")
    with torch.inference_mode():
        return model(**columns).start_logits[0].tolist()


@pytest.mark.parametrize(
    ("kind", "saved_by", "tokenizer_class", "has_segments"),
    [
        ("bert", "4.57.1", "PreTrainedTokenizerFast", True),
        ("bert", "5.23.0", "TokenizersBackend", False),
        ("bert", "5.23.0", "PreTrainedTokenizerFast", False),
        ("albert", "4.40.0", "PreTrainedTokenizerFast", True),
    ],
)
def test_a_model_reads_the_segments_that_it_was_saved_with(
    tmp_path: Path, kind: str, saved_by: str, tokenizer_class: str, has_segments: bool
) -> None:
    folder = build_reader(tmp_path, kind, saved_by, tokenizer_class)
    reader = question_answering.load(folder)
    (window,) = reader.windows(0, question_answering.Question(QUESTION, CONTEXT, 0))
    assert ("token_type_ids" in window.row.columns) == has_segments
    if has_segments:
        assert set(window.row.columns["token_type_ids"]) == {0, 1}
    names = ["input_ids", *["token_type_ids"] * has_segments, "attention_mask"]
    others = ["input_ids", *["token_type_ids"] * (not has_segments), "attention_mask"]
    expected = answer_with(folder, names)
    assert answer_with(folder, others) != pytest.approx(expected, abs=1e-3)
    with torch.inference_mode():
        columns = {
            name: torch.tensor([values]) for name, values in window.row.columns.items()
        }
        model: Any = reader.model
        logits = model(**columns).start_logits[0].tolist()
    assert logits == pytest.approx(expected, abs=1e-5)


def test_segments_that_came_back_are_saved(tmp_path: Path) -> None:
    folder = build_reader(tmp_path / "a", "bert", "4.57.1", "PreTrainedTokenizerFast")
    tokenizer: Any = question_answering.load(folder).tokenizer
    tokenizer.save_pretrained(tmp_path / "b")
    saved = json.loads((tmp_path / "b" / "tokenizer_config.json").read_text())
    assert saved["model_input_names"] == [
        "input_ids",
        "token_type_ids",
        "attention_mask",
    ]


@pytest.mark.parametrize("config", [None, {"tokenizer_class": "BertTokenizer"}])
def test_a_tokenizer_that_is_not_there_is_not_made_up(
    tmp_path: Path, config: dict[str, str] | None
) -> None:
    folder = build_model(tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    if config:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(
        ArchiveError, match=r"expected a (?:tokenizer that knows|model)"
    ):
        text_classification.load(folder)


def test_the_pipeline_has_no_say_over_an_unknown_vocabulary(tmp_path: Path) -> None:
    """transformers itself answers at random then: why the check is here."""
    folder = build_model(tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    edit(folder / "tokenizer_config.json", tokenizer_class="BertTokenizer")
    pipeline = transformers_pipeline("text-classification", model=str(folder))
    first, second = pipeline(["the film was good", "one two six ten"])
    assert first == second
