"""The checks that the tasks' requests share. Each raises `InvalidRequestError`, naming the field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import InvalidRequestError
from .base import describe


def readable(text: str, field: str) -> str:
    """The text, if it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(
            f"{field}: expected Unicode text; found half of a surrogate pair at character {error.start}. "
            "Send the whole pair."
        ) from None
    return text


def text_of(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError(f"{field}: expected a text; found {describe(value)}. Send a string.")
    return readable(value, field)


def one_or_many(inputs: Any) -> tuple[list[tuple[Any, str]], bool]:
    """Each input with its field's name, and whether there was one that stood alone."""
    if inputs == []:
        raise InvalidRequestError("inputs: expected at least one text; found an empty list. Send a text.")
    if isinstance(inputs, list):
        return [(item, f"inputs[{index}]") for index, item in enumerate(inputs)], False
    return [(inputs, "inputs")], True


def known_only(parameters: Mapping[str, Any], known: Collection[str]) -> None:
    for name in parameters:
        if name not in known:
            raise InvalidRequestError(
                f"parameters.{name}: expected only {', '.join(known)}; found {name!r}. Remove it."
            )


def whole_number(parameters: Mapping[str, Any], name: str, default: int, least: int = 1) -> int:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise InvalidRequestError(
        f"parameters.{name}: expected a whole number from {least}; found {describe(value)}. Leave it out for {default}."
    )


def number(parameters: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    raise InvalidRequestError(
        f"parameters.{name}: expected a number from {least:g} to {most:g}; found {describe(value)}. "
        f"Leave it out for {default:g}."
    )


def flag(parameters: Mapping[str, Any], name: str, default: bool) -> bool:
    value = parameters.get(name)
    if isinstance(value, bool | None):
        return default if value is None else value
    raise InvalidRequestError(
        f"parameters.{name}: expected true or false; found {describe(value)}. Leave it out for {str(default).lower()}."
    )


def only_true(parameters: Mapping[str, Any], name: str, why: str) -> None:
    """For what is always so here, but may be asked for as in the pipelines."""
    if parameters.get(name, True) is not True:
        raise InvalidRequestError(
            f"parameters.{name}: expected true; found {describe(parameters[name])}. {why}; leave it out."
        )


def one_of(parameters: Mapping[str, Any], name: str, choices: Collection[str], default: str) -> str:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.lower() in choices:
        return value.lower()
    raise InvalidRequestError(
        f"parameters.{name}: expected {', '.join(choices)}; found {describe(value)}. Leave it out for the default."
    )
