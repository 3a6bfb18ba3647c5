from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, MBartConfig, MBartForConditionalGeneration, NllbTokenizer

from inference.predictors.seq2seq import Writer
from inference.predictors.seq2seq import load as load_writer
from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from training.arguments import resolve
from training.base_model import load_base
from training.errors import ArgumentsError, BaseModelError
from training.packaging.packing import pack
from training.recipes.seq2seq import SequenceToSequence, rouge_tally, translation_tally

SUMMARY, TRANSLATION, PLAIN = (
    SequenceToSequence(get_task(name)) for name in ("summarization", "translation", "text2text-generation")
)
PAIR: Row = {"source": "save the file", "target": "open the window"}
ARGUMENTS = resolve({"epochs": 40, "learning_rate": 5e-3, "max_length": 32, "max_target_length": 16}, {})


def test_a_row_is_learnt_by_heart(t5: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(t5)
    model, losses = learn(TRANSLATION, TRANSLATION.load_model(str(t5), ()), tokenizer, ([PAIR], ()), ARGUMENTS)
    assert losses[-1] < 0.1 < losses[0]
    predictions = TRANSLATION.predict(model, tokenizer, [PAIR], ARGUMENTS)
    assert predictions[0]["text"] == "open the window"
    assert TRANSLATION.measure(predictions, [PAIR], ())["chrf"] == pytest.approx(1.0)
    assert TRANSLATION.details(predictions, [PAIR], ())["samples"] == [PAIR | {"generated": "open the window"}]
    assert TRANSLATION.disagreement([{"translation_text": "open the window"}], predictions[0], (), 0.02) is None
    assert TRANSLATION.disagreement([{"translation_text": "?"}], predictions[0], (), 0.02) == (
        "'?' instead of 'open the window'"
    )


def test_the_prefix_stands_before_what_is_learnt_and_what_is_served(t5: Path, tmp_path: Path) -> None:
    arguments, tokenizer = resolve({"max_length": 32}, SUMMARY.task.defaults), AutoTokenizer.from_pretrained(t5)
    model = SUMMARY.prepare(SUMMARY.load_model(str(t5), ()), tokenizer, arguments)
    (example,) = SUMMARY.encode(tokenizer, [{"document": "a", "summary": "b"}], (), arguments)
    assert tokenizer.decode(example["input_ids"], skip_special_tokens=True) == "summarize: a"
    pack(model, tokenizer, tmp_path, "summarization", SUMMARY.settings(arguments))
    served = load_writer(tmp_path, "summarization")
    (row,) = served._tokens.rows([type("T", (), {"text": served._prefix + "a", "pair": None})()])
    assert list(row.columns["input_ids"]) == example["input_ids"].tolist()


@pytest.mark.filterwarnings("ignore:Version v4.12.0 introduces:FutureWarning")
def test_an_encoder_is_made_a_pair_that_learns_and_serves(bert: Path, tmp_path: Path) -> None:
    model, tokenizer = load_base(TRANSLATION, str(bert), ())
    tokenizer.model_max_length = 10**30
    arguments = resolve({"epochs": 40, "learning_rate": 2e-3, "max_length": 999, "max_target_length": 999}, {})
    rows = [PAIR, {"source": "good " * 200, "target": "bad " * 200}]
    model, losses = learn(TRANSLATION, model, tokenizer, (rows, ()), arguments)
    assert losses[-1] < losses[0] / 2
    assert tokenizer.model_max_length == 64, "as many as the encoder has positions for"
    assert TRANSLATION.settings(arguments)["max_target_length"] == 63
    pack(model, tokenizer, tmp_path, "translation", TRANSLATION.settings(arguments))
    served = load_writer(tmp_path, "translation")
    (prediction, _) = TRANSLATION.predict(model, tokenizer, rows, arguments)
    answer = served(**TRANSLATION.request(PAIR)["parameters"], inputs=PAIR["source"])
    assert TRANSLATION.disagreement(answer, prediction, (), 0.02) is None


def test_a_decoder_alone_is_refused(llama: Path) -> None:
    with pytest.raises(BaseModelError, match="expected a base model that can do the task"):
        load_base(TRANSLATION, str(llama), ())


def _nllb(directory: Path) -> Any:
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "▁a": 4, "▁b": 5, "▁": 6, "a": 7, "b": 8}
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=[("▁", "a"), ("▁", "b")])
    tokenizer.save_pretrained(directory)
    return AutoTokenizer.from_pretrained(directory)


def _mbart(tokenizer: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64}
    return MBartForConditionalGeneration(MBartConfig(vocab_size=len(tokenizer), **sizes, **widths))


def test_languages_are_learnt_and_served(tmp_path: Path) -> None:
    tokenizer = _nllb(tmp_path / "base")
    arguments = resolve({"source_language": "deu_Latn", "target_language": "fra_Latn", "max_length": 16}, {})
    model = TRANSLATION.prepare(_mbart(tokenizer), tokenizer, arguments)
    (example,) = TRANSLATION.encode(tokenizer, [{"source": "a b", "target": "b"}], (), arguments)
    assert tokenizer.convert_ids_to_tokens(example["input_ids"].tolist())[0] == "deu_Latn"
    assert tokenizer.convert_ids_to_tokens(example["labels"].tolist())[0] == "fra_Latn"
    assert model.generation_config.forced_bos_token_id == tokenizer.convert_tokens_to_ids("fra_Latn")
    pack(model, tokenizer, tmp_path / "model", "translation", TRANSLATION.settings(arguments))
    served: Writer = load_writer(tmp_path / "model", "translation")
    generation: Any = served.model.generation_config
    assert generation.forced_bos_token_id == tokenizer.convert_tokens_to_ids("fra_Latn")
    assert served.tokenizer("a b")["input_ids"] == example["input_ids"].tolist()


def test_an_unknown_language_is_refused_with_the_nearest(tmp_path: Path) -> None:
    tokenizer = _nllb(tmp_path)
    with pytest.raises(ArgumentsError) as raised:
        TRANSLATION.prepare(_mbart(tokenizer), tokenizer, resolve({"target_language": "deu_Latin"}, {}))
    assert str(raised.value) == (
        "hyperparameter target_language: expected a language of the base model; found 'deu_Latin'. "
        "Did you mean 'deu_Latn'? Correct it."
    )


def test_a_language_for_a_model_that_knows_none_is_refused(t5: Path) -> None:
    with pytest.raises(ArgumentsError) as raised:
        TRANSLATION.prepare(
            TRANSLATION.load_model(str(t5), ()),
            AutoTokenizer.from_pretrained(t5),
            resolve({"source_language": "de"}, {}),
        )
    assert str(raised.value) == (
        "hyperparameter source_language: expected none, for the base model's tokenizer knows no languages; found 'de'. "
        "Leave it out, or name the languages in prefix."
    )


def test_scores_are_fractions_of_one() -> None:
    same = ["the council will build a school"]
    assert rouge_tally(same, same).metrics() == {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}
    assert translation_tally(same, same).metrics() == pytest.approx({"bleu": 1.0, "chrf": 1.0})
    assert rouge_tally(["a b"], ["a c"]).metrics()["rouge1"] == 0.5
    assert translation_tally(["nothing of it"], same).metrics()["bleu"] < 0.1


def test_the_scores_of_a_set_are_sacrebleus_own() -> None:
    import sacrebleu  # noqa: PLC0415

    texts = ["the council will build a school .", "a bridge over the river", "nothing of it", ""]
    references = ["the council builds a school.", "the bridge over the old river", "the window", "open"]
    found = translation_tally(texts, references).metrics()
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(texts, [references]).score / 100)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(texts, [references]).score / 100)


def test_mistakes_are_the_texts_least_like_the_right_ones() -> None:
    rows: list[Row] = [PAIR, PAIR | {"source": "another"}]
    found = TRANSLATION.mistakes([{"text": PAIR["target"]}, {"text": "zzz"}], rows, ())
    assert [(each["row"], each["input"], each["found"]) for each in found] == [(1, "another", "zzz")]


def test_baselines_write_texts() -> None:
    assert TRANSLATION.trivial_baseline([PAIR], [PAIR], ()).name == "the source as it is"
    document: Row = {"document": "Kyoto builds a school. It was debated.", "summary": "Kyoto builds a school."}
    assert SUMMARY.trivial_baseline([document], [document], ()).metrics["rouge1"] == 0.0
    lead = SUMMARY.reference_baseline([document], [document], ())
    assert (lead.name, lead.metrics["rouge1"]) == ("the first 4 words", 1.0)
    near = TRANSLATION.reference_baseline([PAIR], [PAIR], ())
    assert (near.name, near.metrics["chrf"]) == ("the answer of the most similar training row", 1.0)
