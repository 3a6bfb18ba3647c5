from __future__ import annotations

import pytest

from training.report.text import (
    duration,
    metric_name,
    number,
    one_line,
    plain,
    sentence_case,
    shorten,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (1234567, "1,234,567"),
        (0.84321, "0.843"),
        (0.0, "0.000"),
        (0.00001234, "1.2e-05"),
        (12345.6, "12,346"),
        (1.5e9, "1.5e+09"),
        (float("nan"), "not a number"),
        (float("inf"), "infinite"),
        ("text", "text"),
        (True, "true"),
    ],
)
def test_numbers_are_as_long_as_they_need_to_be(value: object, expected: str) -> None:
    assert number(value) == expected


def test_metrics_have_names_for_people() -> None:
    names = [
        metric_name(name)
        for name in (
            "macro_f1",
            "exact_match",
            "rougeL",
            "rouge1",
            "bleu",
            "mse",
            "spearman",
        )
    ]
    assert names == [
        "macro F1",
        "exact match",
        "ROUGE-L",
        "ROUGE-1",
        "BLEU",
        "MSE",
        "Spearman's ρ",
    ]


def test_durations_have_one_unit() -> None:
    assert [duration(seconds) for seconds in (3.21, 412.5, 20_000)] == [
        "3.2 s",
        "7 min",
        "5.6 h",
    ]


def test_characters_that_html_forbids_are_replaced() -> None:
    assert plain("a\x00\ud800\u202eb\n") == "a\ufffd\ufffd\ufffdb\n"


def test_a_structure_is_json() -> None:
    assert shorten({"a": "größe"}, 40) == '{"a": "größe"}'


def test_a_long_text_ends_with_an_ellipsis() -> None:
    assert shorten("<" * 700) == "<" * 599 + "…"
    assert shorten("ab cd", 4) == "ab…"
    assert shorten("abcd", 4) == "abcd"


def test_white_space_of_one_line_is_single_spaces() -> None:
    assert one_line(" a\n\tb ") == "a b"


def test_a_sentence_starts_with_a_capital() -> None:
    assert [sentence_case(words) for words in ("macro F1", "")] == ["Macro F1", ""]
