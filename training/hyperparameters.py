"""The hyperparameters of a job, as SageMaker passes them on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from tasks import hyperparameters as schema
from tasks.hyperparameters import Hyperparameters
from training.errors import HyperparameterError
from training.types import Json


def resolve(hyperparameters: Mapping[str, Json], defaults: Mapping[str, Json]) -> Hyperparameters:
    """Those that are not None, over the `defaults`.

    Raises `HyperparameterError` for an unknown name or a wrong value.
    """
    try:
        return Hyperparameters.resolve(hyperparameters, defaults)
    except schema.HyperparameterError as error:
        raise HyperparameterError(str(error)) from None


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
    try:
        return schema.renamed(hyperparameters)
    except schema.HyperparameterError as error:
        raise HyperparameterError(str(error)) from None


def _next_value(words: Iterator[str], name: str) -> str:
    value = next(words, None)
    if value is None:
        raise HyperparameterError(f"expected a value after --{name}; found the end. Add the value.")
    return value


def _decoded(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
