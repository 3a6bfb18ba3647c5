"""Our texts against those of transformers 4.57's pipelines, the last there were, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertLMHeadModel, BertModel, EncoderDecoderModel

from inference.predictors import loader_of
from inference.predictors.generation import Prompt
from inference.predictors.seq2seq import Writer, load
from inference.protocols.errors import InvalidRequestError
from tasks.sequences import GENERATION, WRITING
from tests.tiny_model import POSITIONS, TEXTS, bert_config, bert_tokenizer
from tests.tiny_models import build_writer
from tests.unit.inference.answers import loosely
from tests.unit.inference.golden import golden

TEXT = "the film was good and the music lovely."
KEYS = {
    "summarization": "summary_text",
    "translation": "translation_text",
    "text2text-generation": "generated_text",
}
RECORDS = [record for task in KEYS for record in golden(task)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_writer(tmp_path_factory.mktemp("writer"))


@pytest.fixture(scope="module")
def writers(folder: Path) -> dict[str, Writer]:
    return {task: load(folder, task) for task in KEYS}


@pytest.fixture(scope="module")
def writer(writers: dict[str, Writer]) -> Writer:
    return writers["text2text-generation"]


def by_hand(writer: Writer, text: str, **arguments: Any) -> str:
    tokenizer = loosely(writer.tokenizer)
    batch = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        generated = writer.model.generate(**batch, **arguments)
    return str(tokenizer.decode(generated[0], skip_special_tokens=True))


def with_config(folder: Path, **settings: Any) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
    return folder


@pytest.mark.parametrize("record", RECORDS, ids=json.dumps)
def test_answers_as_the_pipeline_did(
    writers: dict[str, Writer], record: dict[str, Any]
) -> None:
    assert (
        writers[record["task"]](record["inputs"], **record["parameters"])
        == record["answer"]
    )


@pytest.mark.parametrize("task", KEYS)
def test_answers_what_the_weights_generate(
    writers: dict[str, Writer], task: str
) -> None:
    greedy = by_hand(
        writers[task], TEXT, do_sample=False, num_beams=1, max_new_tokens=10
    )
    assert writers[task](TEXT, num_beams=1, max_new_tokens=10) == [{KEYS[task]: greedy}]


def test_many_answered_together_are_answered_as_alone(writer: Writer) -> None:
    words = (TEXT + " bad story, dull scene: at the end it was poor!").split()
    texts = [" ".join(words[: n % 15]) for n in range(40)]
    alone = [writer(text, num_beams=2, max_new_tokens=9)[0] for text in texts]
    assert writer(texts, num_beams=2, max_new_tokens=9) == alone


def test_requests_of_other_parameters_are_answered_together(writer: Writer) -> None:
    requests = [
        writer.parse(TEXT, {"num_beams": beams, "max_new_tokens": most})
        for beams in (1, 3)
        for most in (4, 9)
    ]
    together = writer.predict([request.items[0] for request in requests])
    alone = [writer.predict(request.items)[0] for request in requests]
    assert together == alone
    assert len({item.text for item in alone}) == 4


def test_text_beyond_the_limit_is_cut_and_marked(writer: Writer) -> None:
    options = (("max_new_tokens", 5),)
    long, short = writer.predict(
        [Prompt("good " * 80, options), Prompt("good " * 20, options)]
    )
    assert (long.truncated, short.truncated) == (True, False)


def test_max_length_counts_the_start_token(writer: Writer) -> None:
    assert writer(TEXT, num_beams=1, max_length=9) == writer(
        TEXT, num_beams=1, max_new_tokens=8
    )


def test_min_length_makes_texts_longer(writer: Writer) -> None:
    expected = by_hand(
        writer, "bad", do_sample=False, num_beams=1, max_new_tokens=20, min_length=15
    )
    assert writer("bad", num_beams=1, max_new_tokens=20, min_length=15) == [
        {"generated_text": expected}
    ]


def test_the_same_seed_draws_the_same_text(writer: Writer) -> None:
    drawn = {
        "do_sample": True,
        "num_beams": 1,
        "max_new_tokens": 12,
        "temperature": 2.0,
    }
    state = torch.random.get_rng_state()
    first, second, other = (writer(TEXT, seed=seed, **drawn) for seed in (1, 1, 2))
    assert first == second != other
    assert torch.equal(state, torch.random.get_rng_state())
    assert writer([TEXT, TEXT], seed=1, **drawn) == first * 2


def test_temperature_zero_is_greedy(writer: Writer) -> None:
    greedy = writer(TEXT, num_beams=1, max_new_tokens=8)
    assert (
        writer(TEXT, num_beams=1, max_new_tokens=8, do_sample=True, temperature=0)
        == greedy
    )


def test_text_that_names_the_pad_token_is_read_whole(writer: Writer) -> None:
    text = "good <pad> film <pad>"
    expected = by_hand(writer, text, num_beams=1, max_new_tokens=8)
    assert writer(text, num_beams=1, max_new_tokens=8) == [{"generated_text": expected}]


def test_settings_of_training_are_taken_from_the_config(tmp_path: Path) -> None:
    settings = {"prefix": "from at: ", "max_target_length": 7, "num_beams": 1}
    folder = with_config(
        build_writer(tmp_path), task_specific_params={"translation": settings}
    )
    writer = load(folder, "translation")
    assert writer.defaults == {"max_new_tokens": 7, "num_beams": 1}
    expected = by_hand(
        writer, "from at: good film", do_sample=False, num_beams=1, max_new_tokens=7
    )
    assert writer("good film") == [{"translation_text": expected}]


def test_settings_of_two_languages_are_those_of_the_task_that_names_them(
    tmp_path: Path,
) -> None:
    settings = {
        "translation_en_to_de": {
            "prefix": "translate English to German: ",
            "num_beams": 2,
            "max_length": 300,
        },
        "translation_en_to_fr": {"prefix": "translate English to French: "},
    }
    build_writer(tmp_path)
    with_config(tmp_path, task_specific_params=settings)
    german, french = (
        loader_of(f"translation_en_to_{code}")(tmp_path) for code in ("de", "fr")
    )
    assert isinstance(german, Writer)
    assert german.task == "translation"
    assert german.defaults == {"max_new_tokens": 256, "num_beams": 2, "max_length": 300}
    assert list(german("good", max_new_tokens=4)[0]) == ["translation_text"]
    assert german("good", max_new_tokens=9, num_beams=1) != french(
        "good", max_new_tokens=9, num_beams=1
    )


def test_generation_config_of_a_model_of_others_is_kept(tmp_path: Path) -> None:
    folder = build_writer(tmp_path)
    path = folder / "generation_config.json"
    own = {"num_beams": 3, "max_length": 12, "min_length": 5, "no_repeat_ngram_size": 2}
    path.write_text(json.dumps(json.loads(path.read_text()) | own))
    writer = load(folder, "summarization")
    assert writer.defaults == own
    expected = by_hand(writer, TEXT, do_sample=False)
    assert writer(TEXT) == [{"summary_text": expected}]
    short = by_hand(writer, TEXT, do_sample=False, max_new_tokens=8)
    assert writer(TEXT, max_new_tokens=8) == [{"summary_text": short}]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (3, "inputs: expected a text; found the number 3. Send a string."),
        (None, "inputs: expected a text; found null. Send a string."),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (
            ["a", {"text": "b"}],
            "inputs[1]: expected a text; found an object. Send a string.",
        ),
        ([["a"]], "inputs[0]: expected a text; found a list. Send a string."),
        (
            "a\udc00",
            "inputs: expected Unicode text; found half of a surrogate pair at character 1. Send the whole pair.",
        ),
    ],
)
def test_wrong_inputs_are_named(writer: Writer, inputs: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        writer(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"beams": 2},
            f"parameters.beams: expected only {', '.join([*GENERATION, *WRITING])}; found 'beams'. Remove it.",
        ),
        (
            {"num_beams": 0},
            "parameters.num_beams: expected a whole number from 1 to 16; found the number 0. Correct it.",
        ),
        (
            {"max_new_tokens": 4.5},
            "parameters.max_new_tokens: expected a whole number from 1 to 1024; found the number 4.5. Correct it.",
        ),
        (
            {"max_length": 9999},
            "parameters.max_length: expected a whole number from 1 to 1025; found the number 9999. Correct it.",
        ),
        (
            {"seed": True},
            "parameters.seed: expected a whole number from 0 to 9223372036854775807; found true. Correct it.",
        ),
        (
            {"temperature": "hot"},
            "parameters.temperature: expected a number from 0 to 100; found 'hot'. Correct it.",
        ),
        (
            {"do_sample": 1},
            "parameters.do_sample: expected true or false; found the number 1. Leave it out for false.",
        ),
        (
            {"return_text": False},
            "parameters.return_text: expected true; found false. A text is always returned; leave it out.",
        ),
        (
            {"truncation": False},
            "parameters.truncation: expected true; found false. "
            "Longer texts are always cut at the model's limit; leave it out.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    writer: Writer, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        writer("x", **parameters)
    assert str(caught.value) == message


def test_no_more_is_written_than_the_decoder_has_positions_for(tmp_path: Path) -> None:
    tokenizer = bert_tokenizer(TEXTS)
    torch.manual_seed(0)
    config = bert_config(tokenizer)
    decoding = BertConfig(
        **config.to_dict() | {"add_cross_attention": True, "is_decoder": True}
    )
    model = EncoderDecoderModel(
        encoder=BertModel(config), decoder=BertLMHeadModel(decoding)
    )
    model.config.decoder_start_token_id = tokenizer.cls_token_id
    model.config.pad_token_id = model.generation_config.pad_token_id = (
        tokenizer.pad_token_id
    )
    model.generation_config.decoder_start_token_id = tokenizer.cls_token_id
    writer = Writer(model.eval(), tokenizer, "summarization")
    assert writer("good film", max_new_tokens=4 * POSITIONS) == writer(
        "good film", max_new_tokens=POSITIONS - 1
    )
