from __future__ import annotations

import pytest

from functions.inspect.detection.column_contents import Kind, contents_of

VALUES = {
    Kind.EMPTY: ["", "", ""],
    Kind.CONSTANT: ["en", "en", "en"],
    Kind.URLS: ["https://example.org/1", "https://example.org/2", "www.example.org"],
    Kind.DATES: ["2024-01-02", "2024-01-03 10:00", "3.4.2024"],
    Kind.LISTS: ["[1, 2]", "[3]", ""],
    Kind.NAMES: ["joy", "anger", "joy", "anger"],
    Kind.NUMBERS: ["1.5", "2", "3"],
    Kind.TEXTS: [
        "a fine film indeed",
        "not so good",
        "\u8fd9\u90e8\u7535\u5f71\u975e\u5e38\u597d",
    ],
    Kind.OTHER: ["Ann", "Bob", "Cleo"],
}


@pytest.mark.parametrize(("kind", "values"), VALUES.items())
def test_what_a_column_holds_is_seen_in_its_first_rows(
    kind: Kind, values: list[str]
) -> None:
    assert contents_of(["c"], [{"c": value} for value in values])["c"].kind is kind


@pytest.mark.parametrize("name", ["id", "tweet_id", "PostID", "Unnamed: 0", "qid1"])
def test_ids_are_seen_by_their_name(name: str) -> None:
    sample = [{name: value} for value in ("1", "2", "1", "2")]
    assert contents_of([name], sample)[name].kind is Kind.IDS


def test_zeros_and_ones_are_binary_however_they_are_written() -> None:
    sample = [{"c": value} for value in (True, "0.0", 1, "false")]
    assert contents_of(["c"], sample)["c"].is_binary
