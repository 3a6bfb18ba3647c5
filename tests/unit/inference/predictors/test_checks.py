from __future__ import annotations

import pytest

from inference.predictors.checks import (
    flag,
    known_only,
    one_of,
    one_or_many,
    only_true,
    texts_of,
    whole_number,
)
from inference.protocols.errors import InvalidRequestError


def test_inputs_are_named_by_their_place() -> None:
    assert one_or_many("a") == ([("a", "inputs")], True)
    assert one_or_many(["a", 1]) == ([("a", "inputs[0]"), (1, "inputs[1]")], False)
    assert texts_of(["a", "b"]) == (["a", "b"], False)


def test_parameters_have_defaults() -> None:
    assert whole_number({"n": None}, "n", 5) == 5
    assert flag({}, "f", True) is True
    assert one_of({}, "c", ("a", "b"), "b") == "b"
    assert one_of({"c": "A"}, "c", ("a", "b"), "b") == "a"


@pytest.mark.parametrize("value", [0, True, 1.5, "2"])
def test_numbers_are_whole_and_large_enough(value: int | float | str) -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^parameters\.n: expected a whole number from 1; found ",
    ):
        whole_number({"n": value}, "n", 5)


def test_unknown_parameters_are_named() -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^parameters\.x: expected only a, b; found 'x'\. Remove it\.$",
    ):
        known_only({"x": 1}, ("a", "b"))


def test_what_is_always_so_may_only_be_asked_for() -> None:
    only_true({"truncation": True}, "truncation", "It is")
    with pytest.raises(
        InvalidRequestError,
        match=r"expected true; found false\. It is; leave it out\.$",
    ):
        only_true({"truncation": False}, "truncation", "It is")


def test_a_float_without_a_fraction_is_a_whole_number_as_in_json_schema() -> None:
    assert repr(whole_number({"n": 2.0}, "n", 5)) == "2"
