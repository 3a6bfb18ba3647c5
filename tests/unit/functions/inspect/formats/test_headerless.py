from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.formats.headerless import Arrangement, arrangement_of
from tests.unit.functions.inspect.formats.tables import table

TEXTS = [f"a film of kind {index}" for index in range(8)]
LABELS = ["good", "bad"] * 4


def lines_of(*columns: list[str], delimiter: str = "\t") -> list[str]:
    return [delimiter.join(cells) for cells in zip(*columns, strict=True)]


def names(lines: list[str]) -> tuple[str, ...] | None:
    arrangement = arrangement_of(lines)
    return arrangement.names if arrangement else None


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ","])
def test_text_and_label_are_told_by_their_cells(delimiter: str) -> None:
    assert names(lines_of(TEXTS, LABELS, delimiter=delimiter)) == ("text", "label")
    assert names(lines_of(LABELS, TEXTS, delimiter=delimiter)) == ("label", "text")


@pytest.mark.parametrize("delimiter", [";", "|", ","])
def test_a_text_may_hold_the_delimiter(delimiter: str) -> None:
    texts = [f"{text}{delimiter} or not" for text in TEXTS]
    content = "\n".join(lines_of(texts, LABELS, delimiter=delimiter))
    opened = table(content, "txt")
    (number, row) = next(iter(opened.rows({"text": "text", "label": "label"})))
    assert (number, row) == (
        1,
        {"text": f"a film of kind 0{delimiter} or not", "label": "good"},
    )


def test_numbers_of_rows_are_no_answer() -> None:
    ids = [str(index) for index in range(8)]
    assert names(lines_of(ids, LABELS, TEXTS)) == ("column 1", "label", "text")


def test_sentence_pairs_with_a_licence_are_named() -> None:
    licence = ["CC-BY 2.0 (France)"] * 8
    assert names(lines_of(TEXTS, TEXTS, licence)) == ("source", "target", "attribution")


def test_two_columns_of_texts_are_asked_about() -> None:
    arrangement = arrangement_of(
        lines_of(TEXTS, [f"ein Film {text}" for text in TEXTS])
    )
    assert arrangement
    assert arrangement.question
    assert [
        choice.settings.partition("\n")[0] for choice in arrangement.question.choices
    ] == [
        "task: translation",
        "task: translation",
        "task: text-generation",
    ]


def test_more_columns_of_texts_are_refused() -> None:
    arrangement = arrangement_of(lines_of(TEXTS, TEXTS, TEXTS))
    assert arrangement
    assert arrangement.question
    assert (arrangement.question.choices, len(arrangement.names)) == ((), 3)


@pytest.mark.parametrize(
    "lines",
    [
        TEXTS,
        lines_of(TEXTS, LABELS)[:3],
        [*lines_of(TEXTS, LABELS), *["without a tab"] * 4],
        [f"{text}, and so on" for text in TEXTS],
        [],
    ],
)
def test_other_lines_are_no_table(lines: list[str]) -> None:
    assert names(lines) is None


def test_a_line_of_other_width_is_a_problem() -> None:
    lines = lines_of(TEXTS, LABELS) * 70
    opened = table("\n".join([*lines, "without a tab"]), "txt")
    (number, problem) = list(opened.rows({"text": opened.columns[0]}))[-1]
    assert isinstance(problem, Problem)
    assert (number, problem.found) == (561, "1 in 'without a tab'")


@pytest.mark.parametrize(
    ("names", "line", "cells"),
    [
        (("text", "label"), "a, b, c", ["a, b", "c"]),
        (("label", "text"), "a, b, c", ["a", "b, c"]),
        (("label", "text", "column 3"), "a, b, c", ["a", "b", "c"]),
    ],
)
def test_only_a_label_never_holds_the_delimiter(
    names: tuple[str, ...], line: str, cells: list[str]
) -> None:
    assert Arrangement(",", names).cells(line) == cells
