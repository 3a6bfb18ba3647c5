from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.formats.fasttext_file import recognises
from tests.unit.functions.inspect.formats.tables import table

LINES = "__label__good so fine\n__label__bad so bad\n"


def rows(content: str) -> list[tuple[int, object]]:
    opened = table(content, "txt")
    return list(opened.rows({name: name for name in opened.columns}))


def test_a_line_is_a_text_with_its_label() -> None:
    assert rows(LINES) == [
        (1, {"text": "so fine", "label": "good"}),
        (2, {"text": "so bad", "label": "bad"}),
    ]


@pytest.mark.parametrize(
    ("line", "label", "text"),
    [
        ("__label__good, so fine", "good", "so fine"),
        ("__label__good\tso fine", "good", "so fine"),
        ("so fine __label__good", "good", "so fine"),
        ("so fine\t__label__good", "good", "so fine"),
        ("__label__5 , so fine", "5", "so fine"),
        ("__label__Très_bon c'est bon", "Très_bon", "c'est bon"),
    ],
)
def test_the_label_stands_before_or_behind_the_text(
    line: str, label: str, text: str
) -> None:
    (number, row) = rows(LINES * 10 + line)[-1]
    assert (number, row) == (21, {"text": text, "label": label})


def test_several_labels_are_a_list() -> None:
    content = "__label__a __label__b so fine\n__label__c so bad\nso so __label__a __label__c\n"
    assert [row for _, row in rows(content)] == [
        {"text": "so fine", "labels": ["a", "b"]},
        {"text": "so bad", "labels": ["c"]},
        {"text": "so so", "labels": ["a", "c"]},
    ]


def test_a_line_without_a_label_is_a_problem() -> None:
    (number, problem) = rows(LINES * 10 + "so so\n")[-1]
    assert isinstance(problem, Problem)
    assert (number, problem.found) == (21, "'so so'")


def test_several_labels_far_below_are_a_problem() -> None:
    (number, problem) = rows(LINES * 300 + "__label__a __label__b so so\n")[-1]
    assert isinstance(problem, Problem)
    assert (number, problem.found) == (601, "2, after many lines with one")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["__label__a b", "b __label__a"], True),
        (["__label__a b"] * 9 + ["no label"], True),
        (["__label__a b"] * 8 + ["no label"] * 2, False),
        (["__label__ b"], False),
        (["a __label__b c"], False),
        ([""], False),
        ([], False),
    ],
)
def test_nearly_all_lines_must_have_a_label(lines: list[str], expected: bool) -> None:
    assert recognises(lines) is expected
