from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.problems import Problem
from tasks import cells


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        ("  a ", "a"),
        (0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (float("inf"), "inf"),
        (True, "True"),
        ("1.0", "1.0"),
    ],
)
def test_a_cell_as_text(value: object, text: str) -> None:
    assert cells.text(value) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (" 2.5 ", 2.5),
        ("1e3", 1000.0),
        (10**400, None),
        ("1e400", None),
        ("nan", None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ("3,5", None),
        ([1], None),
    ],
)
def test_a_cell_as_number(value: object, number: float | None) -> None:
    assert cells.number(value) == number


LISTS = {
    "JSON": ('["a", "b"]', ["a", "b"]),
    "Python": ("['a', 'b']", ["a", "b"]),
    "Python, with quotes": (
        """['it\\'s', "don't", 'say "x"']""",
        ["it's", "don't", 'say "x"'],
    ),
    "Python, tuples": ("[(0, 3, 'X')]", [(0, 3, "X")]),
    "Python, nothing": ("[None, True]", [None, True]),
    "NumPy": ("['EU' 'rejects'\n 'German']", ["EU", "rejects", "German"]),
    "NumPy, numbers": ("[ 0  3 -1]", [0, 3, -1]),
    "NumPy, one": ("['EU']", ["EU"]),
    "NumPy, fractions": ("[0. 1.5]", [0.0, 1.5]),
    "a backslash": (r"['\d', 'a\\b']", ["\\d", "a\\b"]),
    "an object": ("{'en': 'a', 'de': None}", {"en": "a", "de": None}),
    "pandas, arrays in an object": (
        "{'text': array(['in Rome'], dtype=object), 'answer_start': array([17], dtype=int32)}",
        {"text": ["in Rome"], "answer_start": [17]},
    ),
    "escapes": (r'["\u00e4\ud83d\ude00"]', ["ä😀"]),
    "spaces around": ('  ["a"] ', ["a"]),
    "empty": ("[]", []),
}


def test_a_set_in_a_cell_is_a_list() -> None:
    assert cells.decoded("{'b', 'a'}") == ["a", "b"]
    assert cells.decoded("set()") == []


@pytest.mark.parametrize(("cell", "value"), LISTS.values(), ids=LISTS)
def test_a_list_in_a_cell_is_decoded(cell: str, value: object) -> None:
    assert cells.decoded(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "a text",
        "[sic] a text",
        "[a, b]",
        "[a b]",
        "['a', ",
        "['a' ... 'b']",
        "[open('x')]",
        r'["\ud83d"]',
        r"['\ud83d', 'a']",
        "[" * 100_000,
        "{" * 100_000,
        "['a' " * 50_000,
        "{'a': array([" * 50_000,
        7,
        None,
    ],
    ids=lambda cell: repr(cell)[:20],
)
def test_anything_else_stays_as_it_is(cell: object) -> None:
    assert cells.decoded(cell) is cell


WORDS = st.lists(
    st.text(string.ascii_letters + string.digits + " '\"\\,.[](){}äß-", min_size=1),
    min_size=1,
)


@given(WORDS)
def test_lists_of_any_words_are_decoded_as_they_were(words: list[str]) -> None:
    assert cells.decoded(json.dumps(words)) == words
    assert cells.decoded(repr(words)) == words


@given(WORDS.filter(lambda words: len(words) > 1))
def test_lists_that_numpy_prints_are_decoded_as_they_were(words: list[str]) -> None:
    assert cells.decoded(f"[{' '.join(map(repr, words))}]") == words


def test_a_very_long_cell_is_decoded_and_shown_short() -> None:
    words = [f"word{i}" for i in range(50_000)]
    assert cells.decoded(repr(words)) == words
    assert cells.decoded(f"[{' '.join(map(repr, words))}]") == words
    assert len(cells.shown("a" * 1_000_000)) == 60


def test_a_text_whose_places_count_is_not_stripped() -> None:
    assert cells.exact({"text": " a "}, "text") == " a "
    assert cells.exact({"text": 1815}, "text") == "1815"


@pytest.mark.parametrize("value", [None, "  ", float("nan")])
@pytest.mark.parametrize("read", [cells.exact, cells.required])
def test_an_empty_cell_is_told_as_one(read: Any, value: object) -> None:
    expected = Problem(
        "an answer",
        "an empty cell",
        "Fill in the answer or delete the row.",
        column="answer",
    )
    assert read({"answer": value}, "answer") == expected
