from __future__ import annotations

import pytest

from inference.protocols.errors import InvocationError, describe


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (3, "the number 3"),
        ("a", "'a'"),
        ("a" * 50, repr("a" * 40 + "…")),
        ({}, "an object"),
        ([], "a list"),
        (b"", "a bytes"),
    ],
)
def test_values_are_described_in_words_of_json(value: object, words: str) -> None:
    assert describe(value) == words


def test_a_failed_invocation_names_its_status() -> None:
    assert str(InvocationError(422, "no text")) == "422: no text"
