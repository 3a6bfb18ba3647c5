from __future__ import annotations

from contracts.problems import Choice, Problem
from functions.inspect.common.problems import CLAUSE_LIMIT, DETAILED, Problems

PROBLEM = Problem("a number", "'x'", "Correct it.", row=3, column="label")


def test_a_record_holds_the_clauses_and_the_sentence() -> None:
    problems = Problems()
    problems.add(PROBLEM, "a.csv")
    assert problems.records() == [
        {
            "file": "a.csv",
            "row": 3,
            "column": "label",
            "expected": "a number",
            "found": "'x'",
            "remedy": "Correct it.",
            "message": "a.csv, row 3, column 'label': expected a number; found 'x'. Correct it.",
        }
    ]


def test_choices_are_recorded_where_there_are_some() -> None:
    problems = Problems()
    choice = Choice("one label a text", "task: text-classification\n")
    problems.add(Problem("one label", "two", "Choose.", choices=(choice,)))
    assert problems.records()[0]["choices"] == [
        {"meaning": "one label a text", "settings": "task: text-classification\n"}
    ]


def test_only_the_first_problems_are_kept_and_all_are_counted() -> None:
    problems = Problems()
    assert not problems
    for _ in range(DETAILED + 5):
        problems.add(PROBLEM)
    assert problems
    assert (len(problems.records()), problems.count) == (DETAILED, DETAILED + 5)


def test_a_long_clause_is_cut() -> None:
    problems = Problems()
    problems.add(Problem("a short text", "x" * 10_000, "Shorten it."))
    assert problems.records()[0]["found"] == "x" * (CLAUSE_LIMIT - 1) + "…"
