from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest

from contracts.documents import ABSENT, ALWAYS, ContractError, Record


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Child(Record):
    name: str
    size: int | None = None


@dataclass(frozen=True)
class Whole(Record):
    document: ClassVar[str] = "whole.json"

    number: float
    colour: Colour
    parts: tuple[Child, ...]
    pair: tuple[int, int] | None = None
    flag: bool = False
    texts: Annotated[tuple[str, ...], ALWAYS] = ()
    by_name: Mapping[str, Child | None] = field(default_factory=dict)
    answer: Any = ABSENT


SMALLEST: dict[str, Any] = {"number": 1, "colour": "red", "parts": []}
LARGEST: dict[str, Any] = {
    "number": 0.5,
    "colour": "blue",
    "parts": [{"name": "a", "size": 1}, {"name": "b"}],
    "pair": [1, 2],
    "flag": True,
    "texts": ["x"],
    "by_name": {"c": {"name": "c"}, "d": None},
    "answer": None,
}


def test_a_document_is_read_into_records() -> None:
    whole = Whole.read(LARGEST)
    assert whole.colour is Colour.BLUE
    assert whole.parts == (Child("a", 1), Child("b"))
    assert whole.pair == (1, 2)
    assert whole.by_name == {"c": Child("c"), "d": None}
    assert whole.answer is None


def test_what_was_read_is_written_again() -> None:
    assert Whole.read(LARGEST).write() == LARGEST


def test_defaults_are_left_out_but_for_those_that_are_always_written() -> None:
    assert Whole.read(SMALLEST).write() == {**SMALLEST, "texts": []}
    assert Whole.read(SMALLEST).answer is ABSENT


def test_fields_of_a_newer_version_are_kept_at_every_depth() -> None:
    newer = LARGEST | {"parts": [{"name": "a", "shape": {"round": True}}], "since": 2}
    whole = Whole.read(newer)
    assert whole.extra == {"since": 2}
    assert whole.parts[0].extra == {"shape": {"round": True}}
    assert whole.write() == newer


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "missing": (
        {"number": 1, "parts": []},
        "whole.json, colour: expected one of red, blue; found none.",
    ),
    "not of the enum": (
        SMALLEST | {"colour": "green"},
        'whole.json, colour: expected one of red, blue; found "green".',
    ),
    "a text": (
        SMALLEST | {"number": "1"},
        'whole.json, number: expected a number; found "1".',
    ),
    "no number": (
        SMALLEST | {"number": True},
        "whole.json, number: expected a number; found true.",
    ),
    "null": (
        SMALLEST | {"flag": None},
        "whole.json, flag: expected true or false; found null.",
    ),
    "in a list": (
        SMALLEST | {"texts": ["a", 2]},
        "whole.json, texts[1]: expected a text; found 2.",
    ),
    "no list": (
        SMALLEST | {"parts": {}},
        "whole.json, parts: expected a list; found {}.",
    ),
    "in a record": (
        SMALLEST | {"parts": [{"name": "a", "size": 1.5}]},
        "whole.json, parts[0].size: expected a whole number; found 1.5.",
    ),
    "missing in a record": (
        SMALLEST | {"parts": [{}]},
        "whole.json, parts[0].name: expected a text; found none.",
    ),
    "no record": (
        SMALLEST | {"by_name": {"c": 1}},
        "whole.json, by_name.c: expected an object; found 1.",
    ),
    "too few": (
        SMALLEST | {"pair": [1]},
        "whole.json, pair: expected a list of 2; found one of 1.",
    ),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError) as raised:
        Whole.read(content)
    assert (
        str(raised.value)
        == f"{message} Drop the data again, so that this version of Traindrop writes it anew."
    )


def test_the_parts_of_an_error_can_be_had_apart() -> None:
    with pytest.raises(ContractError) as raised:
        Whole.read(SMALLEST | {"parts": [{"name": "x" * 100, "size": "y" * 100}]})
    error = raised.value
    assert (error.document, error.path, error.expected) == (
        "whole.json",
        "parts[0].size",
        "a whole number",
    )
    assert error.actual == f'"{"y" * 78}…'


def test_what_is_no_object_is_no_document() -> None:
    with pytest.raises(
        ContractError, match=r"^whole\.json: expected an object; found \[\]\."
    ):
        Whole.read([])
