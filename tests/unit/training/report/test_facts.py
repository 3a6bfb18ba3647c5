from __future__ import annotations

import math

import pytest

from tasks import get_task
from training.recipes import recipe_of
from training.report.facts import (
    MAX_POINTS,
    MAX_SCORED_ROWS,
    Points,
    Profile,
    input_of,
    machine,
)


def test_a_profile_counts_rows_words_labels_and_repetitions() -> None:
    rows = [
        {"text": "a good film", "label": "p"},
        {"text": "a good film", "label": "n"},
        {"text": "bad", "text_pair": "very bad", "label": "n"},
    ]
    result = Profile.of(
        get_task("text-classification"),
        {"train": rows, "validation": [], "test": rows[:1]},
        0.25,
    )
    assert result.rows == {"train": 3, "test": 1}
    assert result.words == {"train": [3, 3, 3], "test": [3]}
    assert result.classes == {"n": 2, "p": 1}
    assert (result.repeated, result.cut) == (1, 0.25)


def test_a_quantile_is_the_words_that_so_many_inputs_do_not_exceed() -> None:
    profile = Profile(words={"train": [9, 1, 5]})
    assert profile.word_quantiles("train", (0.5, 0.95, 1)) == [5, 5, 9]
    assert profile.word_quantiles("test", (0.5, 1)) == [None, None]


@pytest.mark.parametrize(
    ("name", "variant", "row", "text"),
    [
        (
            "token-classification",
            "",
            {"tokens": ["Ada", "."], "tags": ["B-PER", "O"]},
            "Ada .",
        ),
        (
            "question-answering",
            "",
            {"question": "Who?", "context": "Ada.", "answers": []},
            "Who?\nAda.",
        ),
        ("summarization", "", {"document": "Long.", "summary": "Short."}, "Long."),
        (
            "text-generation",
            "chat",
            {"messages": [{"role": "user", "content": "Hi"}]},
            "Hi",
        ),
        ("text-classification", "regression", {"text": "fine", "score": 4.5}, "fine"),
    ],
)
def test_the_input_of_a_row_is_the_row_without_its_answer(
    name: str, variant: str, row: dict[str, object], text: str
) -> None:
    assert input_of(get_task(name, variant), row) == text


def test_numbers_are_paired_with_what_was_predicted() -> None:
    recipe = recipe_of(get_task("text-classification", "regression"), ())
    rows = [
        {"text": "a", "score": 1.5},
        {"text": "b", "score": 3},
        {"text": "c", "score": 4},
    ]
    assert Points.of(recipe, [1.0, 2.5, math.nan], rows).scatter == [
        (1.5, 1.0),
        (3.0, 2.5),
    ]


def test_of_many_points_some_are_kept_evenly() -> None:
    recipe = recipe_of(get_task("text-classification", "regression"), ())
    rows = [{"text": "a", "score": float(i)} for i in range(3 * MAX_POINTS + 1)]
    result = Points.of(recipe, [0.0] * len(rows), rows).scatter
    assert MAX_POINTS / 2 < len(result) <= MAX_POINTS
    assert [true for true, _ in result[:2]] == [0.0, 4.0]


def test_similarities_are_paired_with_their_cosines() -> None:
    recipe = recipe_of(get_task("feature-extraction"), ())
    rows = [
        {"text": "a", "text_pair": "b", "score": 5.0},
        {"text": "c", "text_pair": "d", "score": 0.5},
    ]
    assert Points.of(recipe, [[0.9], [0.1]], rows).scatter == [(5.0, 0.9), (0.5, 0.1)]


def test_answers_are_scored_one_by_one_up_to_a_number() -> None:
    recipe = recipe_of(get_task("question-answering"), ())
    row = {
        "question": "Where?",
        "context": "in London",
        "answers": [{"text": "London", "start": 3}],
    }
    output = [
        [{"answer": answer, "score": 1.0}] for answer in ("London", "in London", "Ada")
    ]
    result = Points.of(recipe, output, [row] * 3)
    assert (result.score_name, [round(score, 3) for score in result.scores]) == (
        "f1",
        [1.0, 0.667, 0.0],
    )
    many = Points.of(
        recipe, output[:1] * (MAX_SCORED_ROWS + 5), [row] * (MAX_SCORED_ROWS + 5)
    )
    assert len(many.scores) == MAX_SCORED_ROWS


def test_a_classifiers_rows_are_shown_by_its_confusions_instead() -> None:
    recipe = recipe_of(get_task("text-classification"), ["n", "p"])
    assert Points.of(recipe, [[0.1, 0.9]], [{"text": "a", "label": "p"}]) == Points()


@pytest.mark.parametrize(
    ("environment", "output"),
    [
        ({}, ""),
        (
            {"SM_CURRENT_INSTANCE_TYPE": "ml.g5.xlarge", "SM_HOSTS": '["algo-1"]'},
            "ml.g5.xlarge",
        ),
        (
            {
                "SM_CURRENT_INSTANCE_TYPE": "ml.g5.xlarge",
                "SM_HOSTS": '["algo-1", "algo-2"]',
            },
            "2 × ml.g5.xlarge",
        ),
        ({"SM_HOSTS": '["algo-1"]'}, ""),
    ],
)
def test_the_machine_is_what_the_platform_calls_it(
    environment: dict[str, str], output: str
) -> None:
    assert machine(environment) == output
