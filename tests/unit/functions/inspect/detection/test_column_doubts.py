from __future__ import annotations

from typing import Any

import pytest
import yaml

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect
from tasks import Row, find_task


def rows(**columns: str) -> list[Row]:
    """Forty rows: a `*` stands for the row's number, `a|b` for values in turn."""
    return [
        {
            name: value.replace("*", str(i)).split("|")[i % (1 + value.count("|"))]
            for name, value in columns.items()
        }
        for i in range(40)
    ]


def detected(**columns: str) -> Detection | Problem:
    return detect(list(columns), rows(**columns))


def settled(columns: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """What each choice of the question makes of the table: its task and columns."""
    problem = detect(list(columns), rows(**columns))
    assert isinstance(problem, Problem)
    readings: list[tuple[str, dict[str, str]]] = []
    for choice in problem.choices:
        settings: dict[str, Any] = yaml.safe_load(choice.settings)
        task = find_task(settings["task"])
        reading = detect(
            list(columns), rows(**columns), (task,), settings.get("columns")
        )
        assert isinstance(reading, Detection)
        readings.append((reading.task.name, reading.mapping))
    return readings


TEXT = "I bought lamp number * in town"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Target", "Stance"),
        ("topic", "verdict"),
        ("category", "urgency"),
        ("category", "sentiment"),
        ("intent", "topic"),
        ("sentiment", "topic"),
    ],
)
def test_two_columns_that_may_be_the_labels_are_asked_about(
    one: str, other: str
) -> None:
    columns = {"id": "*", one: "a|b", "Tweet": TEXT, other: "x|y|z"}
    learnt = {mapping["label"] for _, mapping in settled(columns)}
    assert learnt == {one, other}


@pytest.mark.parametrize(
    "columns",
    [
        {"text": TEXT, "label": "a|b", "topic": "x|y|z"},
        {"text": TEXT, "target": "0|1", "keyword": "fire|flood|storm"},
        {"tweet": TEXT, "class": "0|1|2", "count": "3|4", "neither": "0|1|2|3"},
        {"review": TEXT, "sentiment": "a|b", "country": "x|y|z"},
        {"review": TEXT, "rating": "1|2|3", "shop": "x|y"},
        {"text": TEXT, "category": "a|b", "category_id": "0|1"},
        {"sentence1": TEXT, "sentence2": TEXT, "gold_label": "a|b", "label1": "a|b|c"},
    ],
)
def test_a_label_whose_name_leaves_no_doubt_is_taken(columns: dict[str, str]) -> None:
    assert isinstance(detected(**columns), Detection)


def test_a_title_beside_longer_texts_is_asked_about() -> None:
    columns = {"title": "No *", "article_body": TEXT, "category": "a|b"}
    assert settled(columns) == [
        ("text-classification", {"text": "title", "label": "category"}),
        ("text-classification", {"text": "article_body", "label": "category"}),
        (
            "text-classification",
            {"text": "title", "label": "category", "text_pair": "article_body"},
        ),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"title": TEXT, "note": TEXT, "label": "a|b"},
        {"text": "No *", "why": TEXT, "label": "a|b"},
        {"Title": "No *", "Description": TEXT, "Class Index": "1|2"},
    ],
)
def test_a_text_whose_name_or_length_leaves_no_doubt_is_taken(
    columns: dict[str, str],
) -> None:
    assert isinstance(detected(**columns), Detection)


def test_texts_that_are_numbers_beside_real_texts_are_asked_about() -> None:
    columns = {"text": "10*", "body_html": TEXT, "label": "a|b"}
    assert [mapping["text"] for _, mapping in settled(columns)] == [
        "text",
        "body_html",
        "text",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("10*", "are numbers, such as '100'"), ("https://e.org/*", "are links")],
)
def test_texts_that_are_none_are_warned_of(text: str, words: str) -> None:
    detection = detected(text=text, label="a|b")
    assert isinstance(detection, Detection)
    assert [words in warning for warning in detection.warnings] == [True]


def test_labels_beside_two_languages_are_asked_about() -> None:
    columns = {"text_en": TEXT, "text_de": "Die Lampe * der Stadt", "label": "a|b"}
    assert settled(columns) == [
        (
            "text-classification",
            {"text": "text_en", "text_pair": "text_de", "label": "label"},
        ),
        ("translation", {"source": "text_en", "target": "text_de"}),
    ]


def test_a_question_and_an_answer_with_a_label_are_a_pair() -> None:
    columns = {
        "question_id": "*",
        "question": "what is town *?",
        "answer": TEXT,
        "label": "0|1",
    }
    detection = detected(**columns)
    assert isinstance(detection, Detection)
    assert detection.mapping == {
        "text": "question",
        "text_pair": "answer",
        "label": "label",
    }
    assert "`task: text-generation/completion`" in detection.reasons[-1]


def test_two_texts_under_unknown_names_are_asked_about() -> None:
    columns = {"incorrect": "He go to town *", "fixed": "He goes to town *", "nr": "*"}
    assert settled(columns) == [
        ("text2text-generation", {"input_text": "incorrect", "target_text": "fixed"}),
        ("text2text-generation", {"input_text": "fixed", "target_text": "incorrect"}),
        ("feature-extraction", {"text": "incorrect", "text_pair": "fixed"}),
    ]


def test_a_slip_is_named_before_that_is_asked() -> None:
    problem = detected(summari="a long summary of *", documnt="a long text of number *")
    assert isinstance(problem, Problem)
    assert not problem.choices
    assert "looks like" in problem.remedy


def test_words_with_labels_are_no_tagged_sentences() -> None:
    problem = detected(word="wort*", label="a|b")
    assert isinstance(problem, Problem)
    assert problem.expected == "a column for the text"
