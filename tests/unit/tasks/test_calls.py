"""A request's parameters are the same for the API, which refuses early, and for the server, which answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from inference.predictors import causal_lm, seq2seq, text_classification
from inference.predictors.checks import flag, one_of
from inference.predictors.generation import generation_options
from inference.protocols.errors import InvalidRequestError
from tasks import TASKS, Task, every_variant, feature_extraction, names_of
from tasks.sequences import GENERATION

ROOT = Path(__file__).parents[3]
VALUES: tuple[Any, ...] = (
    -11,
    -1,
    0,
    0.5,
    1,
    2,
    17,
    101,
    2000,
    True,
    False,
    "x",
    "softmax",
    "cls",
    "max",
    [],
    [1],
    {},
)


def accepted_by_server(form: Task) -> set[str]:
    """The names that the predictor of the form's family takes."""
    module = import_module(f"inference.predictors.{form.family}")
    if hasattr(module, "PARAMETERS"):
        return set(module.PARAMETERS)
    return {*GENERATION, *getattr(module, "MORE", ())}


def parameters_of(form: Task) -> Mapping[str, Any]:
    result: Mapping[str, Any] = form.request_schema["properties"]["parameters"][
        "properties"
    ]
    return result


@pytest.mark.parametrize(
    "form", list(every_variant()), ids=lambda form: names_of(form)[0]
)
def test_the_schema_knows_the_parameters_that_the_server_takes(form: Task) -> None:
    assert set(parameters_of(form)) == accepted_by_server(form)


CHECKS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "text-classification": lambda settings: text_classification.check_parameters(
        settings, "softmax"
    ),
    "summarization": lambda settings: seq2seq.check_parameters(settings, {}),
    "text-generation": lambda settings: (
        generation_options(settings, {}, causal_lm.MORE),
        causal_lm.stop_options(settings.get("stop")),
        flag(settings, "return_full_text", True),
    ),
    "feature-extraction": lambda settings: (
        one_of(settings, "pooling", feature_extraction.POOLINGS, "mean"),
        flag(settings, "normalize", True),
    ),
}


@pytest.mark.parametrize("task", CHECKS)
def test_the_schema_takes_the_values_that_the_server_takes(task: str) -> None:
    validate = fastjsonschema.compile(TASKS[task].request_schema)
    pairs = [(name, value) for name in parameters_of(TASKS[task]) for value in VALUES]
    by_schema = {
        repr(pair): _takes(
            validate,
            {"inputs": "a", "parameters": dict([pair])},
            fastjsonschema.JsonSchemaException,
        )
        for pair in pairs
    }
    by_server = {
        repr(pair): _takes(CHECKS[task], dict([pair]), InvalidRequestError)
        for pair in pairs
    }
    assert by_schema == by_server
    assert set(by_schema.values()) == {True, False}


def _takes(
    check: Callable[[Any], object], value: Any, refusal: type[Exception]
) -> bool:
    try:
        check(value)
    except refusal:
        return False
    return True


def test_what_the_server_takes_is_known_without_torch() -> None:
    modules = ", ".join(
        sorted({f"inference.predictors.{task.family}" for task in TASKS.values()})
    )
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode
        == 0
    )
