from __future__ import annotations

from functions.inspect.rows.text_lengths import Lengths


def test_lengths_are_spread_over_all_texts() -> None:
    lengths = Lengths()
    for words in range(1, 101):
        lengths.add(" ".join(["ab"] * words))
    assert lengths.summary() == {
        "characters": {"min": 2, "median": 149, "p95": 284, "max": 299},
        "words": {"min": 1, "median": 50, "p95": 95, "max": 100},
    }


def test_no_texts_have_no_lengths() -> None:
    assert Lengths().summary() == {"characters": {}, "words": {}}
