"""The hyperparameters of a job, as SageMaker passes them on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from tasks import arguments
from tasks.arguments import Arguments
from training.errors import ArgumentsError
from training.types import Json


def resolve(hyperparameters: Mapping[str, Json], defaults: Mapping[str, Json]) -> Arguments:
    """Those that are not None, over the `defaults`. Raises `ArgumentsError` for an unknown name or a wrong value."""
    try:
        return Arguments.resolve(hyperparameters, defaults)
    except arguments.ArgumentsError as error:
        raise ArgumentsError(str(error)) from None


def parse_argv(argv: Sequence[str]) -> dict[str, Json]:
    """`--name value` and `--name=value` by our names; values bare or JSON-encoded. Raises `ArgumentsError`."""
    hyperparameters: dict[str, Json] = {}
    words = iter(argv)
    for word in words:
        if not word.startswith("--"):
            raise ArgumentsError(f"expected --name value; found {word!r}. Give every value a name.")
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            value = _next_value(words, name)
        hyperparameters[name.replace("-", "_")] = _decoded(value)
    try:
        return arguments.renamed(hyperparameters)
    except arguments.ArgumentsError as error:
        raise ArgumentsError(str(error)) from None


def _next_value(words: Iterator[str], name: str) -> str:
    value = next(words, None)
    if value is None:
        raise ArgumentsError(f"expected a value after --{name}; found the end. Add the value.")
    return value


def _decoded(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
