from __future__ import annotations

from functions.inspect.detection.header_example import example_names

LABELS = ["4", "0", "4", "0", "4"]
TEXTS = [f"a film of kind {i}" for i in range(5)]


def names(*columns: list[str]) -> list[str]:
    headers = [cells[0] for cells in columns]
    rows = list(zip(*columns, strict=True))[1:]
    return example_names(
        headers, [dict(zip(headers, row, strict=True)) for row in rows]
    )


def test_a_line_has_a_name_for_each_column() -> None:
    numbers = [f"10{i}" for i in range(5)]
    assert names(LABELS, numbers, TEXTS) == ["label", "column_2", "text"]
    assert names(TEXTS, LABELS) == ["text", "label"]
    assert names(LABELS, TEXTS) == ["label", "text"]


def test_two_columns_of_unclear_kind_are_called_text_and_label() -> None:
    assert names(TEXTS, [f"x{i}" for i in range(5)]) == ["text", "label"]


def test_only_one_column_is_called_text() -> None:
    assert names(TEXTS, [f"{text} again" for text in TEXTS], LABELS) == [
        "text",
        "column_2",
        "label",
    ]
