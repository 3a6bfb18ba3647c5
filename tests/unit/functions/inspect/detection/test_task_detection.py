from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect


def result(*columns: str) -> Detection:
    answer = detect(columns, [])
    assert isinstance(answer, Detection)
    return answer


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (("text", "label"), {"text": "text", "label": "label"}),
        (("Review", " SENTIMENT "), {"text": "Review", "label": " SENTIMENT "}),
        (("class", "tweet", "id"), {"text": "tweet", "label": "class"}),
        (
            ("sentence", "sentence2", "label"),
            {"text": "sentence", "label": "label", "text_pair": "sentence2"},
        ),
    ],
)
def test_aliases_are_recognised_in_any_order_and_case(
    columns: tuple[str, ...], mapping: dict[str, str]
) -> None:
    assert result(*columns).mapping == mapping


def test_the_reasons_say_which_column_is_what() -> None:
    assert result("id", "review", "sentiment").reasons == (
        "Text classification: column 'review' as text, 'sentiment' as label.",
        "Not used: 'id'.",
    )


def test_a_columns_own_name_beats_its_aliases() -> None:
    detection = result("sentiment", "review", "label", "text")
    assert detection.mapping == {"text": "text", "label": "label"}
    assert detection.reasons[1:3] == (
        "'review' could be the text too; 'text' was taken, as the more usual name.",
        "'sentiment' could be the label too; 'label' was taken, as the more usual name.",
    )


def test_an_earlier_alias_beats_a_later_one() -> None:
    assert result("rating", "topic", "text").mapping["label"] == "topic"


@pytest.mark.parametrize(
    ("columns", "remedy"),
    [
        (
            ("text", "labell"),
            "Column 'labell' looks like 'label': rename it to 'label'.",
        ),
        (
            ("reviews", "label"),
            "Column 'reviews' looks like 'review': rename it to 'review'.",
        ),
        (
            ("text", "Sentimnt"),
            "Column 'Sentimnt' looks like 'sentiment': rename it to 'sentiment'.",
        ),
    ],
)
def test_a_near_miss_is_named(columns: tuple[str, ...], remedy: str) -> None:
    answer = detect(columns, [])
    assert isinstance(answer, Problem)
    assert answer.remedy == remedy


@pytest.mark.parametrize(
    "first",
    [
        ("great", "positive"),
        ("I liked this film very much indeed", "x"),
        ("great", "1"),
        ("great", "-4.5"),
    ],
)
def test_a_first_row_of_data_is_told_from_a_header(first: tuple[str, str]) -> None:
    answer = detect(first, [dict(zip(first, ("fine", "positive"), strict=True))])
    assert isinstance(answer, Problem)
    assert answer.expected == "a header row with the names of the columns"


def test_unknown_names_are_not_taken_for_data() -> None:
    answer = detect(("first thing", "second"), [{"first thing": "a", "second": "b"}])
    assert isinstance(answer, Problem)
    assert answer.expected == "a column for the text and a column for the label"
