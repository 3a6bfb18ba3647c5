"""What is decoded together against `generate` on the same weights, each prompt alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

from inference.predictors import continuous
from inference.predictors.causal_lm import Generator, load
from inference.predictors.continuous import ContinuousEngine, Writing, engine_for
from inference.predictors.generation import GeneratedText, Prompt
from tests.tiny_models import build_llama, end_tokens

TEXTS = (
    "the council met",
    "a",
    "save the file and open the window, then close it and change nothing else",
    "Ünïcödé 漢字 🙂",
    "",
    "the river",
)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"max_new_tokens": 1},
    {"repetition_penalty": 1.5},
    {"no_repeat_ngram_size": 2, "min_new_tokens": 5},
    {"do_sample": True, "seed": 7, "temperature": 1.5},
    {"do_sample": True, "seed": 8, "top_p": 0.8, "top_k": 20},
    {"stop": "or"},
    {"stop": ["e", "zzz"]},
]


def build_gpt2(folder: Path) -> Path:
    build_llama(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=128,
        n_embd=32,
        n_layer=2,
        n_head=2,
        **end_tokens(tokenizer),
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=[build_llama, build_gpt2])
def generator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator:
    build: Callable[[Path], Path] = request.param
    return load(build(tmp_path_factory.mktemp("model")))


def prompt_of(generator: Generator, text: str, options: dict[str, Any]) -> Prompt:
    request = generator.parse(text, {"max_new_tokens": 20} | options)
    return request.items[0]


def write_staggered(engine: ContinuousEngine, items: list[Prompt]) -> list[Writing]:
    """Each comes two steps after the one before, so that they join and leave at all times."""
    writings: list[Writing] = []
    for item in items:
        writing = engine.prepare(item)
        assert writing is not None
        engine.add(writing)
        writings.append(writing)
        engine.step()
        engine.step()
    while engine.busy:
        engine.step()
    return writings


def test_each_text_is_what_generate_writes_alone(generator: Generator) -> None:
    pairs = itertools.product(TEXTS, OPTIONS)
    items = [prompt_of(generator, text, options) for text, options in pairs]
    engine = ContinuousEngine(generator)
    writings = write_staggered(engine, items)
    for item, writing in zip(items, writings, strict=True):
        assert engine.output(writing) == generator.predict([item])[0]


def test_the_pieces_of_a_text_are_the_text(generator: Generator) -> None:
    engine = ContinuousEngine(generator)
    pieces: dict[Writing, str] = {}
    for options in ({}, {"stop": "or"}, {"stop": ["e", "zzz"]}):
        for text in TEXTS:
            writing = engine.prepare(prompt_of(generator, text, options), follow=True)
            assert writing is not None
            engine.add(writing)
            pieces[writing] = ""
    while engine.busy:
        for progress in engine.step():
            pieces[progress.writing] += progress.text
    for writing, text in pieces.items():
        whole = engine.output(writing).text
        assert writing.text is not None
        assert text + writing.text.rest(whole) == whole


def test_only_the_last_token_of_a_text_is_its_last(generator: Generator) -> None:
    engine = ContinuousEngine(generator)
    for most in (1, 2, 3):
        options = {"max_new_tokens": most, "min_new_tokens": most}
        writing = engine.prepare(prompt_of(generator, "the", options))
        assert writing is not None
        engine.add(writing)
    ends: dict[Writing, list[bool]] = {}
    while engine.busy:
        for progress in engine.step():
            ends.setdefault(progress.writing, []).append(progress.is_last)
    assert list(ends.values()) == [[True], [False, True], [False, False, True]]


def test_what_is_removed_harms_no_other(generator: Generator) -> None:
    engine = ContinuousEngine(generator)
    items = [prompt_of(generator, text, {}) for text in TEXTS]
    writings = [engine.prepare(item) for item in items]
    for writing in writings:
        assert writing is not None
        engine.add(writing)
    engine.step()
    gone, kept = writings[1], [*writings[:1], *writings[2:]]
    assert gone is not None
    engine.remove(gone)
    while engine.busy:
        engine.step()
    assert len(gone.tokens) < 20
    expected = [generator.predict([item])[0] for item in (items[0], *items[2:])]
    assert [outputs_of(engine, writing) for writing in kept] == expected


def outputs_of(engine: ContinuousEngine, writing: Writing | None) -> GeneratedText:
    assert writing is not None
    return engine.output(writing)


def test_only_so_many_are_written_at_once_as_fit(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuous, "MAX_SEQUENCES", 2)
    engine = ContinuousEngine(generator)
    for text in TEXTS:
        writing = engine.prepare(prompt_of(generator, text, {"min_new_tokens": 20}))
        assert writing is not None
        engine.add(writing)
    written_at_once: list[int] = []
    while engine.busy:
        written_at_once.append(len(engine.step()))
    # A prompt's own step writes two tokens.
    assert max(written_at_once) <= 4
    assert sum(written_at_once) == 20 * len(TEXTS)


def test_memory_holds_back_all_but_one(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuous, "CACHE_MEMORY_SHARE", 0.0)
    engine = ContinuousEngine(generator)
    items = [prompt_of(generator, text, {}) for text in TEXTS]
    writings = write_staggered(engine, items)
    assert [engine.output(writing) for writing in writings] == [
        generator.predict([item])[0] for item in items
    ]


def test_beams_are_left_to_generate(generator: Generator) -> None:
    engine = ContinuousEngine(generator)
    assert engine.prepare(prompt_of(generator, "the", {"num_beams": 2})) is None


def test_a_model_that_it_continues_otherwise_than_generate_gets_no_engine(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine_for(generator) is not None
    monkeypatch.setattr(continuous, "_write_all", lambda *_: ["other"] * 3)
    assert engine_for(generator) is None


@pytest.mark.parametrize(
    "more",
    [
        {"model_type": "mistral", "sliding_window": 8},
        {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}},
    ],
)
def test_a_model_whose_tokens_look_elsewhere_in_long_texts_gets_no_engine(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    folder = build_llama(tmp_path)
    config = json.loads((folder / "config.json").read_text()) | more
    if "model_type" in more:
        config["architectures"] = ["MistralForCausalLM"]
    (folder / "config.json").write_text(json.dumps(config))
    assert engine_for(load(folder)) is None


def test_a_model_that_fails_in_it_gets_no_engine(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[str]:
        raise RuntimeError("no such cache")

    monkeypatch.setattr(continuous, "_write_all", fail)
    assert engine_for(generator) is None
