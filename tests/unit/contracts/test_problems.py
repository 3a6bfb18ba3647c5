from __future__ import annotations

from contracts.problems import Choice, Problem


def test_a_problem_reads_as_a_sentence() -> None:
    problem = Problem(
        "a label", "an empty cell", "Fill it in.", file="a.csv", row=3, column="label"
    )
    assert (
        str(problem)
        == "a.csv, row 3, column 'label': expected a label; found an empty cell. Fill it in."
    )


def test_what_is_not_known_of_a_place_is_left_out() -> None:
    assert (
        str(Problem("rows", "none", "Add some."))
        == "expected rows; found none. Add some."
    )


def test_each_choice_stands_below_as_lines_to_copy() -> None:
    choices = (
        Choice(meaning="learns the labels", settings="columns:\n  label: stance"),
        Choice(meaning="learns the texts alone", settings="task: text-generation"),
    )
    problem = Problem("a label", "'stance'", "Choose.", choices=choices)
    assert str(problem).splitlines() == [
        "expected a label; found 'stance'. Choose.",
        "  traindrop.yaml that learns the labels:",
        "    columns:",
        "      label: stance",
        "  traindrop.yaml that learns the texts alone:",
        "    task: text-generation",
    ]
