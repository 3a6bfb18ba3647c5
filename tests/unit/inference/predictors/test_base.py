from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from functions.batch.results import answer_alone
from inference.archive import load
from inference.predictors import loader_of, seq2seq
from inference.protocols.errors import ArchiveError
from tasks import TASKS
from tests.tiny_model import build
from tests.tiny_models import (
    build_classifier,
    build_llama,
    build_masked_bert,
    build_reader,
    build_t5,
    build_tagger,
    build_writer,
)
from tests.unit.inference.answers import assert_close, error, post
from tests.unit.inference.model_folder import add_code


@pytest.mark.parametrize(
    ("build_folder", "call", "plain"),
    [
        (
            build_classifier,
            "model(data['inputs'], batch_size=2)",
            "model(data['inputs'])",
        ),
        (
            build_classifier,
            "model(data['inputs'], padding=True, truncation=True, num_workers=0)",
            "model(data['inputs'])",
        ),
        (
            build_classifier,
            "list(model(text for text in data['inputs']))",
            "model(data['inputs'])",
        ),
        (build_classifier, "model(tuple(data['inputs']))", "model(data['inputs'])"),
        (
            build_classifier,
            "model(data['inputs'], max_length=4)",
            "model(['a good', 'a'])",
        ),
        (
            build_reader,
            "model(question='Who?', context='a good film')",
            "model({'question': 'Who?', 'context': 'a good film'})",
        ),
    ],
)
def test_hooks_may_call_the_model_as_a_pipeline(
    tmp_path: Path, build_folder: Callable[[Path], Path], call: str, plain: str
) -> None:
    folder = build_folder(tmp_path / "model")
    script = f"def predict_fn(data, model): return [{call}, {plain}, str(model.device)]"
    reply = post(
        load(add_code(folder, inference=script)), {"inputs": ["a good film is it", "a"]}
    )
    as_pipeline, plainly, device = json.loads(reply.body)
    assert_close(as_pipeline, plainly)
    assert device == "cpu"


TEXT = "a good film"
INPUTS: list[tuple[str, Callable[[Path], Path], Any, dict[str, Any]]] = [
    ("text-classification", build_classifier, TEXT, {}),
    ("text-classification", build_classifier, TEXT, {"top_k": 1}),
    ("text-classification", build_classifier, TEXT, {"top_k": None}),
    ("text-classification", build_classifier, {"text": TEXT, "text_pair": "a"}, {}),
    ("token-classification", build_tagger, TEXT, {}),
    ("fill-mask", build_masked_bert, "a [MASK] film", {}),
    ("fill-mask", build_masked_bert, "a [MASK] [MASK]", {"top_k": 1}),
    ("question-answering", build_reader, {"question": "Who?", "context": TEXT}, {}),
    (
        "question-answering",
        build_reader,
        {"question": "Who?", "context": TEXT},
        {"top_k": 2},
    ),
    ("feature-extraction", build, TEXT, {}),
    ("feature-extraction", build, TEXT, {"pooling": "mean"}),
    ("summarization", build_writer, TEXT, {}),
    ("translation", build_writer, TEXT, {}),
    ("text2text-generation", build_writer, TEXT, {}),
    ("text-generation", build_llama, TEXT, {"max_new_tokens": 2}),
]


@pytest.mark.parametrize(("task", "build_folder", "inputs", "parameters"), INPUTS)
def test_an_input_in_a_list_is_answered_as_alone(
    tmp_path: Path,
    task: str,
    build_folder: Callable[[Path], object],
    inputs: Any,
    parameters: dict[str, Any],
) -> None:
    folder = tmp_path / "model"
    build_folder(folder)
    predictor = loader_of(task)(folder)
    alone = predictor.answer_request(inputs, parameters)
    (item, same) = predictor.answer_request([inputs, inputs], parameters)
    assert_close(answer_alone(inputs, item), alone)
    assert_close(answer_alone(inputs, same), alone)


def test_so_is_an_input_of_every_task() -> None:
    assert {task for task, *_ in INPUTS} == set(TASKS)


def test_what_only_a_pipeline_has_is_named(tmp_path: Path) -> None:
    folder = build_classifier(tmp_path / "model")
    script = "def predict_fn(data, model): return model.preprocess(data['inputs'])"
    reply = post(load(add_code(folder, inference=script)), {"inputs": "a"})
    assert error(reply) == (
        500,
        "AttributeError",
        "expected what Traindrop's TextClassifier has (calls, model, tokenizer, device, task); "
        "found 'preprocess'. Build a pipeline in model_fn: transformers.pipeline('text-classification', model_dir).",
    )


def test_keywords_of_pipelines_are_no_parameters_of_requests(
    tiny_model: Path,
) -> None:
    sent = {"inputs": "a", "parameters": {"batch_size": 2}}
    assert post(load(tiny_model), sent).status == 422


def test_a_predictor_can_be_copied_by_hooks(tmp_path: Path) -> None:
    writer = seq2seq.load(build_t5(tmp_path / "model"), "summarization")
    assert copy(writer).task == writer.task


def test_labels_that_are_not_numbered_from_0_are_named(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    labels = {str(number): f"label {number}" for number in (1, 2, 3)}
    (folder / "config.json").write_text(json.dumps(config | {"id2label": labels}))
    with pytest.raises(ArchiveError) as caught:
        load(folder)
    assert str(caught.value) == (
        "expected id2label in config.json to name the outputs 0 to 2; found 1, 2, 3. Number them from 0."
    )
