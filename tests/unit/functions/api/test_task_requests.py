"""What the Hugging Face pipeline of a task takes and answers is taken and described; anything else is refused."""

from __future__ import annotations

from typing import Any

import fastjsonschema
import pytest

from functions.api.errors import ApiError
from functions.api.request_validation import check_request
from tasks import TASKS, Task, every_variant, names_of

QA = {"question": "Where?", "context": "In London."}
CHAT = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
SIMILAR = {"source_sentence": "a", "sentences": ["b", "c"]}
DRAWN = {
    "max_new_tokens": 5,
    "do_sample": True,
    "temperature": 0.7,
    "top_k": 50,
    "top_p": 0.9,
    "seed": 1,
}
TAKEN: list[tuple[str, Any, dict[str, Any] | None]] = [
    ("text-classification", {"text": "a", "text_pair": "b"}, {"top_k": None}),
    (
        "text-classification",
        [{"text": "a"}, "b"],
        {"top_k": 2, "function_to_apply": "none", "truncation": True},
    ),
    (
        "token-classification",
        "Ada in London",
        {"aggregation_strategy": "first", "ignore_labels": []},
    ),
    ("token-classification", ["Ada", "London"], {"aggregation_strategy": "none"}),
    (
        "question-answering",
        QA,
        {
            "top_k": 3,
            "handle_impossible_answer": True,
            "max_answer_len": 9,
            "doc_stride": 0,
        },
    ),
    ("question-answering", [QA, QA], None),
    (
        "summarization",
        "a long text",
        {"max_new_tokens": 20, "min_new_tokens": 2, "num_beams": 4},
    ),
    ("translation", ["a", "b"], {"length_penalty": -1.5, "no_repeat_ngram_size": 3}),
    ("text2text-generation", "a", {"repetition_penalty": 1.2}),
    ("text-generation", "Once", DRAWN | {"return_full_text": False, "stop": ["\n"]}),
    ("text-generation", ["Once", "Twice"], {"stop": "."}),
    ("text-generation", CHAT, {"max_new_tokens": 5}),
    ("text-generation", [CHAT, CHAT], None),
    ("fill-mask", "a <mask>", {"top_k": 2, "targets": ["b", "c"]}),
    ("fill-mask", ["a <mask>", "<mask> <mask>"], {"targets": "b"}),
    ("feature-extraction", ["a", "b"], {"pooling": "cls", "normalize": False}),
    ("feature-extraction", SIMILAR, None),
]


@pytest.mark.parametrize(("task", "inputs", "parameters"), TAKEN)
def test_what_a_pipeline_takes_is_taken(
    task: str, inputs: Any, parameters: dict[str, Any] | None
) -> None:
    check_request(
        task, {"inputs": inputs} | ({"parameters": parameters} if parameters else {})
    )


@pytest.mark.parametrize(
    "form", list(every_variant()), ids=lambda form: names_of(form)[0]
)
def test_the_example_of_a_form_is_taken_alone_and_in_a_list(form: Task) -> None:
    validate = fastjsonschema.compile(form.request_schema)
    validate({"inputs": form.example_inputs})
    validate({"inputs": [form.example_inputs], "parameters": {}})


TEXT_OR_LIST = "expected a text that is not empty or a list of these"
REFUSED: list[tuple[str, Any, dict[str, Any], str]] = [
    (
        "token-classification",
        {"text": "a"},
        {},
        f"inputs: {TEXT_OR_LIST}; found an object of 1",
    ),
    (
        "token-classification",
        "a",
        {"aggregation_strategy": "last"},
        'parameters.aggregation_strategy: expected one of "none", "simple", "first", "average", "max"; found "last"',
    ),
    (
        "token-classification",
        "a",
        {"ignore_labels": "O"},
        "parameters.ignore_labels: expected a list",
    ),
    (
        "question-answering",
        {"question": "Where?"},
        {},
        "inputs.context: expected a text that is not empty; found noth",
    ),
    (
        "question-answering",
        [QA, {"question": "", "context": "a"}],
        {},
        "inputs[1].question: expected a text that is n",
    ),
    (
        "question-answering",
        "Where?",
        {},
        "inputs: expected an object with question and context or a list of these; f",
    ),
    (
        "question-answering",
        QA,
        {"topk": 1},
        "parameters.topk: there is no such field; did you mean 'top_k'?",
    ),
    (
        "question-answering",
        QA,
        {"max_answer_len": 0},
        "parameters.max_answer_len: expected a whole number of at least",
    ),
    ("summarization", 5, {}, f"inputs: {TEXT_OR_LIST}; found 5"),
    (
        "translation",
        "a",
        {"max_new_tokens": 5000},
        "parameters.max_new_tokens: expected a whole number of at least 1 and at most 1024; found 5000",
    ),
    (
        "text2text-generation",
        [],
        {},
        "inputs: expected a list that is not empty, each a text that is not empty",
    ),
    (
        "text-generation",
        [{"role": "narrator", "content": "a"}],
        {},
        'inputs[0].role: expected one of "system", "user", "assistant"; found "narrator"',
    ),
    (
        "text-generation",
        [{"role": "user"}],
        {},
        "inputs[0].content: expected a text; found nothing",
    ),
    (
        "text-generation",
        5,
        {},
        "inputs: expected a text that is not empty or a list of texts, of chats, or of the messages of one chat "
        "(role and content); found 5. Send, for example: ",
    ),
    (
        "feature-extraction",
        5,
        {},
        "inputs: expected a text that is not empty, an object with source_sentence and sentences, or a list of one "
        "text or more; found 5. Send, for example: ",
    ),
    (
        "text-generation",
        "a",
        {"stop": []},
        "parameters.stop: expected a list that is not empty",
    ),
    (
        "text-generation",
        "a",
        {"temperature": "hot"},
        "parameters.temperature: expected a number of at least 0",
    ),
    (
        "fill-mask",
        "a <mask>",
        {"targets": []},
        "parameters.targets: expected a list that is not empty",
    ),
    (
        "feature-extraction",
        {"source_sentence": "a"},
        {},
        "inputs.sentences: expected a list that is not empty",
    ),
    (
        "feature-extraction",
        "a",
        {"pooling": "max"},
        'parameters.pooling: expected one of "mean", "cls", "none"',
    ),
    (
        "text-classification",
        "a",
        {"truncation": 1},
        "parameters.truncation: expected one of true; found 1",
    ),
]


@pytest.mark.parametrize(("task", "inputs", "parameters", "sentence"), REFUSED)
def test_anything_else_is_refused_with_its_field(
    task: str, inputs: Any, parameters: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ApiError) as refused:
        check_request(task, {"inputs": inputs, "parameters": parameters})
    assert refused.value.status == 422
    assert refused.value.message.startswith(sentence), refused.value.message


ENTITY = {"entity_group": "PER", "score": 0.9, "word": "Ada", "start": 0, "end": 3}
PIECE = {
    "entity": "B-PER",
    "score": 0.9,
    "index": 1,
    "word": "Ada",
    "start": 0,
    "end": 3,
}
FILLED = {"score": 0.1, "token": 3, "token_str": "b", "sequence": "a b"}
ANSWER = {"score": 0.5, "start": 3, "end": 9, "answer": "London"}
GOOD = {"label": "good", "score": 0.9}
WRITTEN = {"generated_text": "Once upon"}
SAID = {"generated_text": [*CHAT, {"role": "assistant", "content": "Hello"}]}
ANSWERED: list[tuple[str, Any]] = [
    *(("text-classification", item) for item in (GOOD, [GOOD], [[GOOD, GOOD], [GOOD]])),
    *(
        ("token-classification", item)
        for item in ([], [ENTITY], [PIECE], [[ENTITY], []])
    ),
    *(
        ("question-answering", item)
        for item in (ANSWER, [ANSWER, ANSWER], [[ANSWER], [ANSWER]])
    ),
    ("summarization", [{"summary_text": "short"}]),
    ("translation", [{"translation_text": "kurz"}] * 2),
    ("text2text-generation", [WRITTEN]),
    *(
        ("text-generation", item)
        for item in ([WRITTEN], [[WRITTEN], [WRITTEN]], [SAID], [[SAID]])
    ),
    *(
        ("fill-mask", item)
        for item in ([FILLED], [[FILLED], [FILLED]], [[[FILLED], [FILLED]]])
    ),
    *(
        ("feature-extraction", item)
        for item in ([0.1, 0.2], [[0.1], [0.2]], [[[0.1], [0.2]]], [[[[0.1], [0.2]]]])
    ),
]


@pytest.mark.parametrize(("task", "answer"), ANSWERED)
def test_what_a_pipeline_answers_is_described(task: str, answer: Any) -> None:
    fastjsonschema.validate(TASKS[task].response_schema, answer)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("answer", ["a text", {"error": "no"}, [{"error": "no"}], None])
def test_no_task_answers_something_else(task: str, answer: Any) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        fastjsonschema.validate(TASKS[task].response_schema, answer)
