"""Text classification: one text (or a pair of texts), and one label, several labels or a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from contracts.problems import Problem
from tasks import cells, inputs
from tasks.base import DEFAULTS, Column, NumberAxes, Row, Task
from tasks.calls import list_of, request
from tasks.written_numbers import form_of

MAX_CLASSES = 1000
NAME_WORDS = 5
_FEW = 10
_TWO = 2
_MOST = 0.9

TEXT = Column(
    "text",
    (
        "sentence",
        "review",
        "content",
        "message",
        "body",
        "comment",
        "tweet",
        "utterance",
        "input",
        "inputs",
        "sentence1",
        "text1",
        "text_a",
        "premise",
        "question1",
        "review_body",
        "review_text",
        "comment_text",
        "description",
        "sentence_a",
        "claim",
        "headline",
        "title",
    ),
)
LABEL = Column(
    "label",
    (
        "labels",
        "class",
        "category",
        "sentiment",
        "target",
        "intent",
        "topic",
        "rating",
        "output",
        "stars",
        "score",
        "grade",
        "class_index",
        "gold_label",
        "label_text",
    ),
)
TEXT_PAIR = Column(
    "text_pair",
    (
        "sentence2",
        "text2",
        "text_b",
        "hypothesis",
        "question2",
        "question",
        "sentence_b",
        "evidence",
    ),
    required=False,
)

LABELS = Column(
    "labels", ("tags", "categories", "topics", "classes", "genres", "label")
)
SCORE = Column(
    "score",
    ("rating", "stars", "value", "target", "label", "labels", "similarity", "grade"),
)
NUMBER_REMEDY = "Write a number such as 3.5, or delete the row."
_SEPARATORS = re.compile(r"\s*[;|]\s*")


def _texts(row: Row) -> Row | Problem:
    """The canonical text, and the second one where there is one."""
    text = cells.required(row, "text")
    if isinstance(text, Problem):
        return text
    pair = row.get("text_pair")
    if isinstance(pair, list | dict):
        return cells.plain_wanted("text_pair", pair)
    return (
        {"text": text, "text_pair": cells.text(pair)}
        if cells.text(pair)
        else {"text": text}
    )


def check_row(row: Row) -> Row | Problem:
    """An empty label passes: what it means is known when all rows are."""
    texts, label = _texts(row), row.get("label")
    if isinstance(texts, Problem):
        return texts
    if isinstance(label, list | dict):
        return cells.plain_wanted("label", label)
    return {"text": texts["text"], "label": cells.text(label), **texts}


def check_labels(row: Row) -> Row | Problem:
    texts, labels = _texts(row), labels_in(row.get("labels"))
    if isinstance(texts, Problem):
        return texts
    wrong = next((label for label in labels if isinstance(label, list | dict)), None)
    if wrong is not None:
        remedy = (
            'Give the labels as a list of names, or as one text with ";" between them.'
        )
        return Problem(
            "a list of label names", cells.shown(wrong), remedy, column="labels"
        )
    return {
        **texts,
        "labels": sorted({name for label in labels if (name := cells.text(label))}),
    }


def labels_in(value: object) -> list[object]:
    """The labels of a cell: a list, a JSON list, or names between `;` or `|`."""
    labels = cells.decoded(value)
    if isinstance(labels, list):
        return labels
    return (
        [labels]
        if isinstance(labels, dict)
        else list(_SEPARATORS.split(cells.text(labels)))
    )


def check_score(row: Row) -> Row | Problem:
    """A number that is written otherwise than computers do stays as it is written: its column says how to read it."""
    texts, score = _texts(row), cells.number(row.get("score"))
    if isinstance(texts, Problem):
        return texts
    if score is not None:
        return {**texts, "score": score}
    written = cells.text(row.get("score"))
    if not isinstance(row.get("score"), list | dict | bool) and form_of(written):
        return {**texts, "score": written}
    return cells.wanted_number("score", row.get("score"), NUMBER_REMEDY)


def forms_of(row: Row) -> Sequence[str]:
    """How the score is written, where it is not simply a number."""
    score = row["score"]
    if isinstance(score, int | float):
        return ()
    return (str(form_of(score)),)


def has_several(sample: Sequence[Row]) -> str | None:
    """Whether some row holds a list of labels, or names between separators."""
    if any(isinstance(row.get("text"), list) for row in sample):
        return None
    values = [cells.decoded(row.get("labels")) for row in sample]
    lists = [value for value in values if isinstance(value, list)]
    if lists and not any(
        isinstance(label, list | dict) for labels in lists for label in labels
    ):
        return "the labels are lists"
    if any(
        isinstance(value, str) and _SEPARATORS.search(value.strip()) for value in values
    ):
        return 'some rows hold several labels between ";" or "|"'
    return None


def has_fractions(sample: Sequence[Row]) -> str | None:
    """Whether each text has a number and some are not whole: whole numbers are class names, pairs are compared."""
    if any(row.get("text_pair") for row in sample):
        return None
    numbers = numbers_in(row.get("score") for row in sample)
    return (
        "the answers are numbers, not all of them whole"
        if any(number % 1 for number in numbers)
        else None
    )


def numbers_in(values: Iterable[object]) -> list[float]:
    """The numbers of a column of numbers: empty cells and a few slips are for the check of its rows to find."""
    filled = [value for value in values if cells.text(value)]
    numbers = [
        number for value in filled if (number := cells.number(value)) is not None
    ]
    return numbers if len(numbers) >= _MOST * len(filled) else []


def has_one_each(sample: Sequence[Row]) -> str | None:
    """Whether the labels could be names of classes: no lists, sentences or tags of words, no fractions, repeated."""
    labels = [cells.decoded(row.get("label")) for row in sample]
    names = [name for label in labels if (name := cells.text(label))]
    numbers = numbers_in(labels)
    if any(isinstance(label, list | dict) for label in labels) or any(
        number % 1 for number in numbers
    ):
        return None
    sentences = sum(len(name.split()) > NAME_WORDS for name in names) > len(names) / 2
    distinct = set(names)
    if sentences or _are_tags(distinct) or len(distinct) > max(_FEW, len(names) / 2):
        return None
    if len(set(numbers)) <= _TWO:
        return ""
    return "whole numbers are read as names of classes, `task: regression` in traindrop.yaml learns them as amounts"


def _are_tags(names: set[str]) -> bool:
    """Whether the labels are rather one tag a word, as `O B-PER I-PER O`."""
    words = {word for name in names for word in name.split()}
    return any(" " in name for name in names) and all(
        word == "O" or word.startswith(("B-", "I-")) for word in words
    )


def different_labels(labels: Sequence[str]) -> Problem | None:
    if labels:
        return None if len(labels) <= MAX_CLASSES else check_dataset(labels)
    remedy = "Fill in the labels of some rows."
    return Problem("rows with labels", "none with any", remedy, column="labels")


def check_dataset(classes: Sequence[str]) -> Problem | None:
    if len(classes) == 1:
        return Problem(
            "at least two different labels",
            f"only {classes[0]!r} in every row",
            "Add rows of another class: a classifier with one answer learns nothing.",
            column="label",
        )
    tags = [name for name in classes if name.startswith(("B-", "I-"))]
    if tags and "O" in classes:
        remedy = "Put the words of a sentence and their tags into one row: a list of tokens, a list of tags."
        return Problem(
            "one label a text",
            f"tags of words: {tags[0]!r} and 'O'",
            remedy,
            column="label",
        )
    if len(classes) > MAX_CLASSES:
        return Problem(
            f"at most {MAX_CLASSES:,} different labels",
            f"{len(classes):,}",
            "Check that the label column holds class names, not free text or numbers.",
            column="label",
        )
    return None


def class_of(row: Row) -> str:
    return str(row["label"])


def labels_of(row: Row) -> Sequence[str]:
    return (class_of(row),)


_SCORED_LABEL = {
    "type": "object",
    "required": ["label", "score"],
    "properties": {"label": {"type": "string"}, "score": {"type": "number"}},
}
_PAIR = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "text_pair": {"type": "string"},
    },
}
_ONE = {"anyOf": [{"type": "string", "minLength": 1}, _PAIR]}

_SINGLE = Task(
    name="text-classification",
    title="Text classification",
    columns=(TEXT, LABEL, TEXT_PAIR),
    metric="accuracy",
    metrics=("accuracy", "macro_f1"),
    architecture_suffixes=("ForSequenceClassification",),
    family="text_classification",
    defaults=DEFAULTS,
    request_schema=request(
        {"anyOf": [*_ONE["anyOf"], list_of(_ONE)]},
        {
            "top_k": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
            "function_to_apply": {"enum": ["softmax", "sigmoid", "none"]},
            "truncation": {"type": "boolean", "enum": [True]},
        },
    ),
    response_schema={
        "anyOf": [
            _SCORED_LABEL,
            {
                "type": "array",
                "items": {
                    "anyOf": [_SCORED_LABEL, {"type": "array", "items": _SCORED_LABEL}]
                },
            },
        ]
    },
    example_inputs="This is a sentence to classify.",
    check_row=check_row,
    inputs_of=inputs.text_or_pair,
    check_dataset=check_dataset,
    class_of=class_of,
    labels_of=labels_of,
    aliases=("sentiment-analysis",),
    fits=has_one_each,
    stripped=("text",),
    shared=("text", "text_pair"),
    use_sentence="Says to which class a text belongs.",
    pipeline_call="model({inputs})",
)

MULTI_LABEL = replace(
    _SINGLE,
    title="Multi-label text classification",
    variant="multi-label",
    aliases=("multi-label-classification", "multi-label-text-classification"),
    columns=(TEXT, LABELS, TEXT_PAIR),
    metric="micro_f1",
    metrics=("micro_f1", "macro_f1", "subset_accuracy"),
    check_row=check_labels,
    check_dataset=different_labels,
    class_of=lambda row: None,
    labels_of=lambda row: row["labels"],
    fits=has_several,
    use_sentence="Says which classes a text belongs to: none, one or several.",
    targets=("labels",),
    defaults=_SINGLE.defaults | {"min_steps": 200},
)

REGRESSION = replace(
    _SINGLE,
    title="Text regression",
    variant="regression",
    aliases=("regression", "text-regression", "text-scoring"),
    columns=(TEXT, SCORE, TEXT_PAIR),
    metric="pearson",
    metrics=("pearson", "mse", "mae"),
    check_row=check_score,
    check_dataset=lambda labels: None,
    class_of=lambda row: None,
    labels_of=forms_of,
    fits=has_fractions,
    use_sentence="Gives a text a number, in the unit of the rows it was trained on.",
    number_axes=NumberAxes("true number", "predicted number"),
    targets=("score",),
    defaults=_SINGLE.defaults | {"min_steps": 200},
)

TASK = replace(_SINGLE, variants=(MULTI_LABEL, REGRESSION))
