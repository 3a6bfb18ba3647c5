"""The hyperparameters of a job as the platform hands them over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks import arguments as known
from tasks.arguments import Arguments
from training.errors import ArgumentsError

__all__ = ["Arguments", "parse_argv", "resolve"]


def resolve(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Arguments:
    """`given`, where not None, before `defaults`. Raises `ArgumentsError` for an unknown name or a wrong value."""
    try:
        return Arguments.resolve(given, defaults)
    except known.ArgumentsError as error:
        raise ArgumentsError(str(error)) from None


def parse_argv(argv: Sequence[str]) -> dict[str, Any]:
    """`--key value` and `--key=value` pairs by our names; values bare or JSON-encoded. Raises `ArgumentsError`."""
    given: dict[str, Any] = {}
    words = iter(argv)
    for word in words:
        if not word.startswith("--"):
            raise ArgumentsError(f"expected --name value; found {word!r}. Give every value a name.")
        name, equals, value = word[2:].partition("=")
        given[name.replace("-", "_")] = _decoded(value if equals else _value_of(name, words))
    try:
        return known.renamed(given)
    except known.ArgumentsError as error:
        raise ArgumentsError(str(error)) from None


def _value_of(name: str, words: Iterable[str]) -> str:
    for word in words:
        return word
    raise ArgumentsError(f"expected a value after --{name}; found the end. Add the value.")


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
