from __future__ import annotations

from training.metrics.mistakes import (
    MAX_CHARACTERS,
    MAX_ROWS,
    MistakeText,
    listed,
    worst,
)


def in_words(row: int) -> MistakeText:
    return MistakeText(f"text {row}", "good", "bad")


def test_the_worst_rows_come_first_and_right_ones_not_at_all() -> None:
    mistakes = worst([0.0, 0.25, 0.75, 0.25], in_words)
    rows = [(mistake.row, mistake.input, mistake.score) for mistake in mistakes]
    assert rows == [(2, "text 2", 0.75), (1, "text 1", 0.25), (3, "text 3", 0.25)]


def test_scores_are_shown_in_place_of_the_order() -> None:
    mistakes = worst([1.0, 2.0], in_words, scores=[0.1234567, 0.5])
    assert [mistake.score for mistake in mistakes] == [0.5, 0.123457]


def test_long_texts_are_cut() -> None:
    text = MistakeText("x" * 1000, "y" * MAX_CHARACTERS, "z")
    mistake = worst([1.0], lambda _: text)[0]
    assert mistake.input == "x" * (MAX_CHARACTERS - 1) + "…"
    assert mistake.expected == text.expected


def test_there_is_a_most() -> None:
    assert len(worst([1.0] * (MAX_ROWS + 1), in_words)) == MAX_ROWS


def test_names_are_listed() -> None:
    assert (listed(["a", "b"]), listed([])) == ("a, b", "nothing")
