from __future__ import annotations

from contracts.problems import Problem


def test_a_problem_reads_as_a_sentence() -> None:
    problem = Problem(
        "a label", "an empty cell", "Fill it in.", file="a.csv", row=3, column="label"
    )
    assert (
        str(problem)
        == "a.csv, row 3, column 'label': expected a label; found an empty cell. Fill it in."
    )


def test_what_is_not_known_of_a_place_is_left_out() -> None:
    assert str(Problem("rows", "none", "Add some.")) == "expected rows; found none. Add some."
