"""The comparison row by row, of every form whose answers are right or wrong."""

from __future__ import annotations

import numpy as np

from contracts.changes import MAX_CHANGES, ChangedAnswer, LabelChange
from contracts.evaluation import LabelMetric
from tasks import Row, get_task
from training.evaluation.changes import changes, label_changes
from training.recipes import recipe_of
from training.recipes.base import AnyScorer
from training.recipes.token_classification import TokenTags

LABELS = ["negative", "positive"]


def scorer_of(task: str, variant: str = "", labels: tuple[str, ...] = ()) -> AnyScorer:
    return recipe_of(get_task(task, variant), list(labels or LABELS)).scorer


def test_new_and_gone_mistakes_are_told_apart_and_counted_by_label() -> None:
    rows: list[Row] = [{"text": f"film {n}", "label": LABELS[n % 2]} for n in range(4)]
    scorer = scorer_of("text-classification")
    result = changes(scorer, [1, 1, 0, 0], [0, 1, 1, 0], rows)
    assert result is not None
    counts = (result.new_mistakes, result.gone_mistakes, result.both_wrong)
    assert counts == (1, 1, 1)
    assert result.new == (
        ChangedAnswer(0, "film 0", "negative", champion="negative", model="positive"),
    )
    assert result.gone == (
        ChangedAnswer(2, "film 2", "negative", champion="positive", model="negative"),
    )
    assert result.labels == ()


def test_labels_are_compared_by_f1_the_largest_difference_first() -> None:
    rows: list[Row] = [{"text": "a", "label": label} for label in LABELS + LABELS[:1]]
    result = changes(scorer_of("text-classification"), [0, 1, 0], [0, 0, 0], rows)
    assert result is not None
    assert (result.labels_better, result.labels_worse) == (2, 0)
    assert result.labels == (
        LabelChange("positive", 1, 0, 1, champion_f1=0, model_f1=1),
        LabelChange("negative", 2, 2, 2, champion_f1=0.8, model_f1=1),
    )


def test_a_label_that_is_found_as_well_is_no_change() -> None:
    same = {"a": LabelMetric(f1=1 / 3, rows=3, recall=1 / 3)}
    assert label_changes(same, same | {"b": LabelMetric(f1=1.0)}) == []


def test_no_more_rows_are_listed_than_the_document_holds() -> None:
    rows: list[Row] = [{"text": "a", "label": "negative"}] * (MAX_CHANGES + 5)
    scorer = scorer_of("text-classification")
    result = changes(scorer, [1] * len(rows), [0] * len(rows), rows)
    assert result is not None
    assert (result.new_mistakes, len(result.new)) == (len(rows), MAX_CHANGES)


def test_of_several_labels_all_must_be_right() -> None:
    rows: list[Row] = [{"text": "a", "labels": ["positive"]}]
    both, one = np.array([True, True]), np.array([False, True])
    result = changes(
        scorer_of("text-classification", "multi-label"), [both], [one], rows
    )
    assert result is not None
    (row,) = result.new
    assert (row.champion, row.model) == ("positive", "negative, positive")


def test_of_entities_all_must_be_found() -> None:
    tokens = ["Ada", "of", "New", "York"]
    rows: list[Row] = [{"tokens": tokens, "tags": ["B-PER", "O", "B-LOC", "I-LOC"]}]
    offsets = [(0, 3), (4, 6), (7, 10), (11, 15)]
    champion = TokenTags(["B-PER", "O", "O", "B-LOC"], offsets)
    model = TokenTags(["B-PER", "O", "B-LOC", "I-LOC"], offsets)
    scorer = scorer_of("token-classification", "", ("B-LOC", "B-PER", "I-LOC", "O"))
    result = changes(scorer, [model], [champion], rows)
    assert result is not None
    (row,) = result.gone
    assert (row.champion, row.model) == (
        "Ada (PER), York (LOC)",
        "Ada (PER), New York (LOC)",
    )
    assert [label.label for label in result.labels] == ["LOC"]


def test_entities_of_marked_texts_are_named_by_their_place() -> None:
    span = {"start": 7, "end": 15, "label": "LOC"}
    rows: list[Row] = [{"text": "Ada of New York", "spans": [span]}]
    offsets = [(0, 3), (4, 6), (7, 10), (11, 15)]
    champion = TokenTags(["O", "O", "B-LOC", "I-LOC"], offsets)
    model = TokenTags(["B-LOC", "O"], offsets[:2])
    scorer = scorer_of("token-classification", "spans", ("LOC",))
    result = changes(scorer, [model], [champion], rows)
    assert result is not None
    (row,) = result.new
    assert (row.expected, row.champion, row.model) == (
        "New York (LOC)",
        "New York (LOC)",
        "Ada (LOC)",
    )


def test_of_questions_the_exact_answer_is_right() -> None:
    context = "Ada was born in London."
    answers = [{"text": "London", "answer_start": 16}]
    rows: list[Row] = [{"question": "Where?", "context": context, "answers": answers}]
    result = changes(scorer_of("question-answering"), ["london"], [""], rows)
    assert result is not None
    assert (result.gone_mistakes, result.gone[0].champion) == (1, "no answer")
    assert result.labels == ()


def test_written_texts_are_more_or_less_right_and_not_compared_row_by_row() -> None:
    rows: list[Row] = [{"document": "a b", "summary": "a"}]
    assert changes(scorer_of("summarization"), ["a"], ["b"], rows) is None
