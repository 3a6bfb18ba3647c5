"""The checks that the tasks' requests share. Each raises `InvalidRequestError`, naming the field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json


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


def text_of(value: Json, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError(
            f"{field}: expected a text; found {describe(value)}. Send a string."
        )
    return readable(value, field)


def one_or_many(
    inputs: Json, name: str = "inputs"
) -> tuple[list[tuple[Json, str]], bool]:
    """Each input with its field's name, and whether there was one that stood alone."""
    if inputs == []:
        raise InvalidRequestError(
            f"{name}: expected at least one text; found an empty list. Send a text."
        )
    if isinstance(inputs, list):
        items: list[tuple[Json, str]] = []
        for index, item in enumerate(inputs):
            items.append((item, f"{name}[{index}]"))
        return items, False
    return [(inputs, name)], True


def texts_of(inputs: Json) -> tuple[list[str], bool]:
    """The texts, and whether there was one that stood alone."""
    items, single = one_or_many(inputs)
    texts = [text_of(value, field) for value, field in items]
    return texts, single


def known_only(parameters: Mapping[str, Json], names: Collection[str]) -> None:
    for name in parameters:
        if name not in names:
            raise InvalidRequestError(
                f"parameters.{name}: expected only {', '.join(names)}; found {name!r}. Remove it."
            )


def as_whole_number(value: Json) -> int | None:
    """The whole number that the value is, 2.0 included, as in JSON Schema; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return cast(int, value) if is_whole else None


def whole_number(
    parameters: Mapping[str, Json], name: str, default: int, least: int = 1
) -> int:
    value = parameters.get(name)
    if value is None:
        return default
    number = as_whole_number(value)
    if number is not None and number >= least:
        return number
    raise InvalidRequestError(
        f"parameters.{name}: expected a whole number from {least}; found {describe(value)}. Leave it out for {default}."
    )


def flag(parameters: Mapping[str, Json], name: str, default: bool) -> bool:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    raise InvalidRequestError(
        f"parameters.{name}: expected true or false; found {describe(value)}. Leave it out for {str(default).lower()}."
    )


def only_true(parameters: Mapping[str, Json], name: str, reason: str) -> None:
    """For what is always so here, but may be asked for as in the pipelines."""
    if parameters.get(name, True) is not True:
        raise InvalidRequestError(
            f"parameters.{name}: expected true; found {describe(parameters[name])}. {reason}; leave it out."
        )


def one_of(
    parameters: Mapping[str, Json], name: str, choices: Collection[str], default: str
) -> str:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.lower() in choices:
        return value.lower()
    raise InvalidRequestError(
        f"parameters.{name}: expected {', '.join(choices)}; found {describe(value)}. Leave it out for the default."
    )
