from __future__ import annotations

from collections import Counter

import pytest

from contracts.problems import Problem
from functions.inspect.labels.decision import LabelColumn, LabelReading, read_labels
from functions.inspect.settings_file import NONE, Options


def reading(
    counts: dict[str, int], options: Options = NONE, header: str = "label"
) -> LabelReading:
    answer = read_labels(LabelColumn(header, "", Counter(counts)), options)
    assert isinstance(answer, LabelReading), answer
    return answer


def question(counts: dict[str, int], options: Options = NONE) -> Problem:
    answer = read_labels(LabelColumn("label", "", Counter(counts)), options)
    assert isinstance(answer, Problem)
    return answer


def test_plain_names_stay_as_they_are() -> None:
    labels = reading({"good": 40, "bad": 40})
    assert labels.is_as_written
    assert not labels.warnings + labels.notes


def test_a_few_missing_labels_are_left_out_and_counted() -> None:
    labels = reading({"good": 40, "bad": 40, "nan": 2, "N/A": 1})
    assert labels.labels("nan") == []
    assert labels.warnings == [
        "Left out: 3 rows without a label, as which 'N/A', 'nan' count; `labels: {missing: []}` in traindrop.yaml "
        "learns what is written."
    ]


def test_many_missing_labels_are_asked_about() -> None:
    problem = question({"good": 40, "bad": 40, "nan": 20})
    assert problem.found == "'nan' in 20 rows of 100, which may stand for no label"
    assert [choice.settings for choice in problem.choices] == [
        'labels:\n  missing: ["nan"]',
        "labels:\n  missing: []",
    ]


def test_settings_say_what_is_missing() -> None:
    options = Options(labels={"missing": ["other"]})
    labels = reading({"good": 40, "other": 40, "nan": 40}, options)
    assert [labels.labels(name) for name in ("other", "nan", "")] == [[], ["nan"], []]


def test_a_label_called_none_is_kept_and_named() -> None:
    labels = reading({"Hate": 40, "None": 40})
    assert labels.labels("None") == ["None"]
    assert labels.notes == [
        "'None' is learnt as a label; `labels: {missing: [\"None\"]}` in traindrop.yaml leaves its rows out."
    ]


def test_spellings_are_merged_after_cells_are_split() -> None:
    labels = reading({"Action": 9, "Drama": 9, "action, Drama": 2}, header="tags")
    assert labels.variant == "multi-label"
    assert labels.labels("action, Drama") == ["Action", "Drama"]


def test_two_settings_keep_what_is_written() -> None:
    options = Options(labels={"separator": "", "merge_spellings": False})
    labels = reading({"a": 9, "A": 9, "a, A": 2}, options)
    assert labels.labels("a, A") == ["a, A"]
    assert labels.is_as_written


def test_one_label_may_be_written_as_two_numbers() -> None:
    labels = reading({"1.0": 9, "1": 9, "0": 9})
    assert labels.labels("1.0") == labels.labels("1") == ["1"]


@pytest.mark.parametrize("task", ["text-classification", "sentiment-analysis"])
def test_many_whole_numbers_are_asked_about_unless_they_are_classes(task: str) -> None:
    counts = {str(number): 5 for number in range(30)}
    assert len(question(counts).choices) == 2
    assert reading(counts, Options(task=task)).is_as_written


def test_fractions_are_amounts() -> None:
    labels = reading({"3,5": 9, "4,0": 9})
    assert (
        labels.variant,
        labels.number_format and labels.number_format.parse("3,5"),
    ) == (
        "regression",
        3.5,
    )


def test_half_stars_or_two_labels_are_asked_about() -> None:
    problem = question({"1": 5, "2": 5, "5": 5, "1,5": 5, "2,5": 5})
    assert problem.expected == "to know what a comma means"


def test_numbers_that_contradict_each_other_are_refused() -> None:
    assert question({"3,5": 5, "1,234.5": 5}).choices == ()


def test_choices_keep_what_the_settings_say() -> None:
    options = Options(task="text-classification", columns={"label": "my tag"})
    problem = question({"Food": 9, "Food, drink": 9, "Cars": 5}, options)
    assert problem.choices[0].settings == (
        'task: text-classification\ncolumns:\n  label: "my tag"\nlabels:\n  separator: ","'
    )
