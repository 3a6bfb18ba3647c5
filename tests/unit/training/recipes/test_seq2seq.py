from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoTokenizer,
    MBartConfig,
    MBartForConditionalGeneration,
    NllbTokenizer,
)

from inference.predictors.seq2seq import Writer
from inference.predictors.seq2seq import load as load_writer
from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from training.common.errors import BaseModelError, HyperparameterError
from training.inputs.base_model import load_base
from training.inputs.hyperparameters import resolve
from training.packaging.packing import pack
from training.recipes import recipe_of
from training.recipes.seq2seq import WrittenText

SUMMARY, TRANSLATION, PLAIN = (
    recipe_of(get_task(name), ())
    for name in ("summarization", "translation", "text2text-generation")
)
PAIR: Row = {"source": "save the file", "target": "open the window"}
ARGUMENTS = resolve(
    {"epochs": 40, "learning_rate": 5e-3, "max_length": 32, "max_target_length": 16}, {}
)


def test_a_row_is_learnt_by_heart(t5: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(t5)
    model, losses = learn(
        TRANSLATION,
        TRANSLATION.trainer.load_model(str(t5)),
        tokenizer,
        [PAIR],
        ARGUMENTS,
    )
    assert losses[-1] < 0.1 < losses[0]
    predictions = TRANSLATION.trainer.predict(model, tokenizer, [PAIR], ARGUMENTS)
    assert predictions[0].text == "open the window"
    assert TRANSLATION.scorer.metrics(predictions, [PAIR])["chrf"] == pytest.approx(1.0)
    assert TRANSLATION.scorer.details(predictions, [PAIR])["samples"] == (
        PAIR | {"generated": "open the window"},
    )
    assert (
        TRANSLATION.served.disagreement(
            [{"translation_text": "open the window"}], predictions[0], 0.02
        )
        is None
    )
    assert TRANSLATION.served.disagreement(
        [{"translation_text": "?"}], predictions[0], 0.02
    ) == ("'?' instead of 'open the window'")


def test_the_prefix_stands_before_what_is_learnt_and_what_is_served(
    t5: Path, tmp_path: Path
) -> None:
    arguments, tokenizer = (
        resolve({"max_length": 32}, SUMMARY.task.defaults),
        AutoTokenizer.from_pretrained(t5),
    )
    model = SUMMARY.trainer.load_model(str(t5))
    SUMMARY.trainer.prepare(model, tokenizer, arguments)
    (example,) = SUMMARY.trainer.encode(
        tokenizer, [{"document": "a", "summary": "b"}], arguments
    )
    assert (
        tokenizer.decode(example["input_ids"], skip_special_tokens=True)
        == "summarize: a"
    )
    pack(
        model, tokenizer, tmp_path, "summarization", SUMMARY.trainer.settings(arguments)
    )
    served = load_writer(tmp_path, "summarization")
    (row,) = served._tokens.rows(
        [type("T", (), {"text": served._prefix + "a", "pair": None})()]
    )
    assert list(row.columns["input_ids"]) == example["input_ids"].tolist()


@pytest.mark.filterwarnings("ignore:Version v4.12.0 introduces:FutureWarning")
def test_an_encoder_is_made_a_pair_that_learns_and_serves(
    bert: Path, tmp_path: Path
) -> None:
    model, tokenizer = load_base(TRANSLATION.trainer, str(bert))
    tokenizer.model_max_length = 10**30
    arguments = resolve(
        {
            "epochs": 40,
            "learning_rate": 2e-3,
            "max_length": 999,
            "max_target_length": 999,
        },
        {},
    )
    rows = [PAIR, {"source": "good " * 200, "target": "bad " * 200}]
    model, losses = learn(TRANSLATION, model, tokenizer, rows, arguments)
    assert losses[-1] < losses[0] / 2
    assert tokenizer.model_max_length == 64, "as many as the encoder has positions for"
    assert TRANSLATION.trainer.settings(arguments)["max_target_length"] == 63
    pack(
        model,
        tokenizer,
        tmp_path,
        "translation",
        TRANSLATION.trainer.settings(arguments),
    )
    served = load_writer(tmp_path, "translation")
    (prediction, _) = TRANSLATION.trainer.predict(model, tokenizer, rows, arguments)
    parameters: Any = TRANSLATION.served.request(PAIR)["parameters"]
    answer = served(**parameters, inputs=PAIR["source"])
    assert TRANSLATION.served.disagreement(answer, prediction, 0.02) is None


def test_a_decoder_alone_is_refused(llama: Path) -> None:
    with pytest.raises(
        BaseModelError,
        match="expected a base model of an architecture that can do the task",
    ):
        load_base(TRANSLATION.trainer, str(llama))


def _nllb(directory: Path) -> Any:
    vocabulary = {
        "<s>": 0,
        "<pad>": 1,
        "</s>": 2,
        "<unk>": 3,
        "▁a": 4,
        "▁b": 5,
        "▁": 6,
        "a": 7,
        "b": 8,
    }
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[("▁", "a"), ("▁", "b")])
    tokenizer.save_pretrained(directory)
    return AutoTokenizer.from_pretrained(directory)


def _mbart(tokenizer: Any) -> Any:
    torch.manual_seed(0)
    sizes = {
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
    }
    widths = {
        "d_model": 32,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 64,
    }
    return MBartForConditionalGeneration(
        MBartConfig(vocab_size=len(tokenizer), **sizes, **widths)
    )


def test_languages_are_learnt_and_served(tmp_path: Path) -> None:
    tokenizer = _nllb(tmp_path / "base")
    arguments = resolve(
        {
            "source_language": "deu_Latn",
            "target_language": "fra_Latn",
            "max_length": 16,
        },
        {},
    )
    model = _mbart(tokenizer)
    TRANSLATION.trainer.prepare(model, tokenizer, arguments)
    (example,) = TRANSLATION.trainer.encode(
        tokenizer, [{"source": "a b", "target": "b"}], arguments
    )
    assert (
        tokenizer.convert_ids_to_tokens(example["input_ids"].tolist())[0] == "deu_Latn"
    )
    assert tokenizer.convert_ids_to_tokens(example["labels"].tolist())[0] == "fra_Latn"
    assert (
        model.generation_config.forced_bos_token_id
        == tokenizer.convert_tokens_to_ids("fra_Latn")
    )
    pack(
        model,
        tokenizer,
        tmp_path / "model",
        "translation",
        TRANSLATION.trainer.settings(arguments),
    )
    served: Writer = load_writer(tmp_path / "model", "translation")
    generation: Any = served.model.generation_config
    assert generation.forced_bos_token_id == tokenizer.convert_tokens_to_ids("fra_Latn")
    assert served.tokenizer("a b")["input_ids"] == example["input_ids"].tolist()


def test_an_unknown_language_is_refused_with_the_nearest(tmp_path: Path) -> None:
    tokenizer = _nllb(tmp_path)
    with pytest.raises(HyperparameterError) as raised:
        TRANSLATION.trainer.prepare(
            _mbart(tokenizer), tokenizer, resolve({"target_language": "dyx_Latn"}, {})
        )
    assert str(raised.value) == (
        "hyperparameter target_language: expected a language of the base model; found 'dyx_Latn'. "
        "Did you mean 'dyu_Latn'? Correct it."
    )


@pytest.mark.parametrize(
    ("settings", "prefix"),
    [
        (
            {"source_language": "en", "target_language": "de"},
            "translate English to German: ",
        ),
        (
            {"source_language": "en_XX", "target_language": "fra_Latn"},
            "translate English to French: ",
        ),
        ({"source_language": "de"}, ""),
        ({"source_language": "xx", "target_language": "de"}, ""),
        ({"source_language": "en", "target_language": "de", "prefix": "p: "}, "p: "),
        ({}, ""),
    ],
)
def test_languages_are_the_words_that_t5_learnt(
    t5: Path, settings: dict[str, str], prefix: str
) -> None:
    model, tokenizer = load_base(TRANSLATION.trainer, str(t5))
    arguments = resolve(settings, {})
    TRANSLATION.trainer.prepare(model, tokenizer, arguments)
    assert TRANSLATION.trainer.settings(arguments)["prefix"] == prefix
    (example,) = TRANSLATION.trainer.encode(
        tokenizer, [{"source": "a", "target": "b"}], arguments
    )
    assert example["input_ids"].tolist() == tokenizer(f"{prefix}a")["input_ids"]


def test_a_language_by_another_spelling_is_the_tokenizers_own(tmp_path: Path) -> None:
    tokenizer = _nllb(tmp_path)
    arguments = resolve({"source_language": "de", "target_language": "French"}, {})
    TRANSLATION.trainer.prepare(_mbart(tokenizer), tokenizer, arguments)
    assert (tokenizer.src_lang, tokenizer.tgt_lang) == ("deu_Latn", "fra_Latn")


def test_mistakes_are_the_texts_least_like_the_right_ones() -> None:
    rows: list[Row] = [PAIR, PAIR | {"source": "another"}]
    found = TRANSLATION.scorer.mistakes(
        [WrittenText(PAIR["target"]), WrittenText("zzz")], rows
    )
    assert [(item.row, item.input, item.found) for item in found] == [
        (1, "another", "zzz")
    ]


def test_baselines_write_texts() -> None:
    assert (
        TRANSLATION.scorer.trivial_baseline([PAIR], [PAIR]).name
        == "the source as it is"
    )
    document: Row = {
        "document": "Kyoto builds a school. It was debated.",
        "summary": "Kyoto builds a school.",
    }
    assert (
        SUMMARY.scorer.trivial_baseline([document], [document]).metrics["rouge1"] == 0.0
    )
    lead: Any = SUMMARY.scorer.reference_baseline([document], [document])
    assert (lead.name, lead.metrics["rouge1"]) == ("the first 4 words", 1.0)
    near: Any = TRANSLATION.scorer.reference_baseline([PAIR], [PAIR])
    assert (near.name, near.metrics["chrf"]) == (
        "the answer of the most similar training row",
        1.0,
    )
