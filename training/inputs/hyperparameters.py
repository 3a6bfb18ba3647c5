"""The hyperparameters of a job, from wherever they come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from contracts.environment import JobVariable
from tasks import Task
from tasks import hyperparameters as schema
from tasks.hyperparameters import Hyperparameters
from training.common.errors import HyperparameterError
from training.common.types import Json


def resolve(
    hyperparameters: Mapping[str, Json], defaults: Mapping[str, Json]
) -> Hyperparameters:
    """Those that are not None, over the `defaults`.

    Raises `HyperparameterError` for an unknown name or a wrong value.
    """
    try:
        return Hyperparameters.resolve(hyperparameters, defaults)
    except schema.HyperparameterError as error:
        raise HyperparameterError(str(error)) from None


ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "max_target_length": ("seq2seq", "causal_lm"),
    "num_beams": ("seq2seq",),
    "prefix": ("seq2seq",),
    "source_language": ("seq2seq",),
    "target_language": ("seq2seq",),
    "doc_stride": ("question_answering",),
    "mlm_probability": ("masked_lm",),
    "packing": ("causal_lm",),
    "loss_on": ("causal_lm",),
}
"""Hyperparameter -> the families whose training reads it, where not all do."""
ADAPTERS = ("lora_r", "lora_alpha", "lora_dropout")


def used_arguments(
    arguments: Hyperparameters, task: Task, *, has_validation: bool
) -> dict[str, Json]:
    """What the training of this task reads, by name: for people, so what is empty or off is left out."""
    used: dict[str, Json] = {}
    for name, value in arguments.all.items():
        is_off = value == "" or (value is False and name in ("lora", "load_in_4bit"))
        is_foreign = task.family not in ONLY_FOR.get(name, (task.family,))
        needs_adapters = name in ADAPTERS and not arguments.lora
        needs_validation = name == "early_stopping_patience" and not has_validation
        if not (is_off or is_foreign or needs_adapters or needs_validation):
            used[name] = value
    return used


def override_spec(
    argv: Sequence[str], environment: Mapping[str, str], *, has_spec: bool
) -> dict[str, Json]:
    """The hyperparameters that override those of the spec, by our names. Raises `HyperparameterError`.

    In a job of SageMaker there are none: the spec has them as they were set, while the toolkit's command line may have
    gone through a shell, and does not tell an object from a text. Without a spec they are those of the request.
    Outside SageMaker they are those of the command line.
    """
    sent = environment.get(JobVariable.HYPERPARAMETERS)
    if sent is None:
        return parse_argv(argv)
    return {} if has_spec else _renamed(json.loads(sent))


def parse_argv(argv: Sequence[str]) -> dict[str, Json]:
    """`--name value` and `--name=value` by our names; values bare or JSON-encoded. Raises `HyperparameterError`."""
    hyperparameters: dict[str, Json] = {}
    words = iter(argv)
    for word in words:
        if not word.startswith("--"):
            raise HyperparameterError(
                f"expected --name value; found {word!r}. Give every value a name."
            )
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            value = _next_value(words, name)
        hyperparameters[name.replace("-", "_")] = _decoded(value)
    return _renamed(hyperparameters)


def _renamed(hyperparameters: Mapping[str, Json]) -> dict[str, Json]:
    try:
        return schema.renamed(hyperparameters)
    except schema.HyperparameterError as error:
        raise HyperparameterError(str(error)) from None


def _next_value(words: Iterator[str], name: str) -> str:
    value = next(words, None)
    if value is None:
        raise HyperparameterError(
            f"expected a value after --{name}; found the end. Add the value."
        )
    return value


def _decoded(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
