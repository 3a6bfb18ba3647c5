"""Our texts against transformers' own pipeline on the same weights, chats, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import decoders
from transformers import AutoTokenizer
from transformers import pipeline as transformers_pipeline

from inference.predictors.causal_lm import Generator, load
from inference.predictors.generation import Prompt
from inference.protocols.errors import InvalidRequestError
from tasks.sequences import GENERATION
from tests.tiny_models import build_llama
from tests.unit.inference.answers import loosely

TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '> ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant> ' }}{% endif %}"
)
CHAT = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "who met?"},
]
STARTED = [*CHAT, {"role": "assistant", "content": "the council"}]
INPUTS: list[Any] = [
    "the council met",
    "",
    "Ünïcödé 漢字 🙂",
    "trailing space ",
    ["the council met"],
    ["the council met", "save", "open the window and close the file"],
    CHAT,
    STARTED,
    [CHAT, STARTED],
]
PARAMETERS: list[dict[str, Any]] = [
    {},
    {"return_full_text": False},
    {"num_beams": 2},
    {"repetition_penalty": 1.5, "return_full_text": True},
    {"no_repeat_ngram_size": 2, "min_new_tokens": 5},
]
SHORT = {"max_new_tokens": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_llama(tmp_path_factory.mktemp("llama"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def generator(folder: Path) -> Generator:
    return load(folder)


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    return transformers_pipeline("text-generation", model=str(folder), device="cpu")


@pytest.mark.parametrize("parameters", PARAMETERS, ids=json.dumps)
@pytest.mark.parametrize("inputs", INPUTS, ids=json.dumps)
def test_answers_as_the_pipeline_does(
    generator: Generator, pipeline: Any, inputs: Any, parameters: dict[str, Any]
) -> None:
    theirs = pipeline(inputs, do_sample=False, **SHORT, **parameters)
    assert generator(inputs, **SHORT, **parameters) == theirs


def test_answers_what_the_weights_generate(generator: Generator) -> None:
    tokenizer = loosely(generator.tokenizer)
    batch = tokenizer("the council met", return_tensors="pt")
    with torch.no_grad():
        generated = generator.model.generate(**batch, do_sample=False, max_new_tokens=8)
    text = tokenizer.decode(
        generated[0, batch["input_ids"].shape[1] :], skip_special_tokens=True
    )
    assert generator("the council met", return_full_text=False, **SHORT) == [
        {"generated_text": text}
    ]


def test_many_answered_together_are_answered_as_alone(generator: Generator) -> None:
    words = [
        "the",
        "council",
        "met",
        "and",
        "decided",
        "to",
        "build",
        "a",
        "bridge",
        "over",
        "the",
        "river",
    ]
    texts = [" ".join(words[: n % 12]) for n in range(40)]
    assert generator(texts, **SHORT) == [generator(text, **SHORT) for text in texts]


def test_requests_of_other_parameters_are_answered_together(
    generator: Generator,
) -> None:
    requests = [
        generator.parse(inputs, {"num_beams": beams, "max_new_tokens": most})
        for inputs in ("the council", CHAT)
        for beams in (1, 3)
        for most in (3, 6)
    ]
    together = generator.predict([request.items[0] for request in requests])
    assert together == [generator.predict(request.items)[0] for request in requests]


def test_a_begun_answer_is_gone_on_with(generator: Generator) -> None:
    (answer,) = generator(STARTED, **SHORT)
    *before, last = answer["generated_text"]
    assert before == CHAT
    assert last["role"] == "assistant"
    assert last["content"].startswith("the council")
    assert len(last["content"]) > len("the council")


def test_text_ends_before_a_stop(generator: Generator) -> None:
    (whole,) = generator("the council met", return_full_text=False, max_new_tokens=20)
    stop = whole["generated_text"][5:7]
    for settings in (stop, ["never there", stop]):
        (cut,) = generator(
            "the council met", return_full_text=False, max_new_tokens=20, stop=settings
        )
        assert cut["generated_text"] == whole["generated_text"].split(stop)[0]


def test_a_prompt_beyond_the_limit_loses_its_beginning_and_is_marked(
    generator: Generator,
) -> None:
    options = (("max_new_tokens", 4),)
    long, short = generator.predict(
        [Prompt("save open " * 300, options), Prompt("save", options)]
    )
    assert (long.truncated, short.truncated) == (True, False)


def test_a_prompt_is_read_whole_however_much_may_be_written(
    generator: Generator,
) -> None:
    prompt = "the council met and decided to build a bridge"
    (first,) = generator(prompt, return_full_text=False, max_new_tokens=8)
    (most,) = generator(prompt, return_full_text=False, max_new_tokens=1024)
    assert most["generated_text"].startswith(first["generated_text"])


def test_what_is_written_does_not_depend_on_longer_prompts_beside_it(
    generator: Generator,
) -> None:
    options = (("max_new_tokens", 200),)
    short, long = Prompt("save open", options), Prompt("save open " * 12, options)
    (alone,) = generator.predict([short])
    beside, _ = generator.predict([short, long])
    assert beside == alone


def test_a_text_goes_on_with_the_space_that_its_decoder_strips(
    folder: Path,
) -> None:
    """Decoders of Llama 2 strip the space that a text begins with, which the first new word needs."""
    generator = load(folder)
    plain = generator("the council met", **SHORT)
    backend = generator.tokenizer.backend_tokenizer
    strip = decoders.Strip(content=" ", left=1, right=0)
    backend.decoder = decoders.Sequence([backend.decoder, decoders.Fuse(), strip])  # type: ignore[attr-defined]
    assert generator("the council met", **SHORT) == plain
    stripped = generator.tokenizer.decode(generator.tokenizer.encode(" council"))
    assert stripped == "council"


def test_the_same_seed_draws_the_same_text(generator: Generator) -> None:
    drawn = {"do_sample": True, "temperature": 3.0, "top_k": 0, **SHORT}
    state = torch.random.get_rng_state()
    first, second, other = (generator("the", seed=seed, **drawn) for seed in (1, 1, 2))
    assert first == second != other
    assert torch.equal(state, torch.random.get_rng_state())
    assert generator(["the", "the"], seed=1, **drawn) == [first, first]


def test_a_chat_needs_a_template(tmp_path: Path) -> None:
    plain = load(build_llama(tmp_path))
    with pytest.raises(InvalidRequestError) as caught:
        plain(CHAT)
    assert str(caught.value) == (
        "inputs: expected a text, for this model has no chat template; found a list of messages. Send a text."
    )


NOT_A_MESSAGE = "expected a message with a role (system, user, assistant) and content"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (3, "inputs: expected a text; found the number 3. Send a string."),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (["a", None], "inputs[1]: expected a text; found null. Send a string."),
        (
            {"role": "user", "content": "a"},
            "inputs: expected a text; found an object. Send a string.",
        ),
        (
            [[]],
            "inputs[0]: expected at least one message; found an empty list. Send a message.",
        ),
        (
            [{"content": "a"}],
            f"inputs[0]: {NOT_A_MESSAGE}; found an object. Correct it.",
        ),
        ([CHAT, ["a"]], f"inputs[1][0]: {NOT_A_MESSAGE}; found 'a'. Correct it."),
        (
            [{"role": "user"}],
            "inputs[0].content: expected a text; found null. Send a string.",
        ),
        (
            [{"role": "tool", "content": "a"}],
            f"inputs[0]: {NOT_A_MESSAGE}; found an object. Correct it.",
        ),
    ],
)
def test_wrong_inputs_are_named(
    generator: Generator, inputs: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        generator(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"max_tokens": 2},
            f"parameters.max_tokens: expected only {', '.join([*GENERATION, 'return_full_text', 'stop'])}; "
            "found 'max_tokens'. Remove it.",
        ),
        (
            {"max_new_tokens": 0},
            "parameters.max_new_tokens: expected a whole number from 1 to 1024; found the number 0. Correct it.",
        ),
        (
            {"top_p": 1.5},
            "parameters.top_p: expected a number from 0 to 1; found the number 1.5. Correct it.",
        ),
        (
            {"return_full_text": "no"},
            "parameters.return_full_text: expected true or false; found 'no'. Leave it out for true.",
        ),
        (
            {"stop": [""]},
            "parameters.stop: expected a text or a list of texts; found a list. Leave it out.",
        ),
        (
            {"stop": 3},
            "parameters.stop: expected a text or a list of texts; found the number 3. Leave it out.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    generator: Generator, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        generator("x", **parameters)
    assert str(caught.value) == message


REFUSING = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}{{ message['content'] }}{% endfor %}"
)


def test_a_chat_that_the_template_refuses_is_the_callers_mistake(folder: Path) -> None:
    refusing = load(folder)
    refusing.tokenizer.chat_template = REFUSING
    with pytest.raises(InvalidRequestError) as caught:
        refusing(["hi", CHAT])
    assert str(caught.value) == (
        "inputs[1]: expected messages that the model's chat template takes; "
        "found System role not supported. Correct them."
    )


def test_half_of_a_pair_in_a_stop_is_the_callers_mistake(generator: Generator) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        generator("hi", stop=["a", "\ud800"])
    assert str(caught.value) == (
        "parameters.stop: expected Unicode text; found half of a surrogate pair at character 0. "
        "Send the whole pair."
    )


def test_numbers_as_javascript_writes_them_are_taken(generator: Generator) -> None:
    (answer,) = generator("the", do_sample=True, temperature=2, repetition_penalty=2)
    assert answer["generated_text"].startswith("the")
