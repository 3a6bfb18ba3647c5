"""Text classification: one text (or a pair of texts), one label."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.base import Column, Problem, Row, Task

MAX_CLASSES = 1000

TEXT = Column(
    "text",
    ("sentence", "review", "content", "message", "body", "comment", "tweet", "utterance", "input", "inputs"),
)
LABEL = Column(
    "label",
    ("labels", "class", "category", "sentiment", "target", "intent", "topic", "rating", "output"),
)
TEXT_PAIR = Column("text_pair", ("sentence2", "text2", "text_b", "hypothesis"), required=False)


def _clean(value: object) -> str:
    return "" if value is None else str(value).strip()


def check_row(row: Row) -> Row | Problem:
    for name, value in row.items():
        if isinstance(value, list | dict):
            found = "a JSON array" if isinstance(value, list) else "a JSON object"
            return Problem("a plain value", found, f"Give each row one {name}, as a plain value.", column=name)
    text, label = _clean(row.get("text")), _clean(row.get("label"))
    if not text:
        return Problem("a text", "an empty cell", "Fill in the text or delete the row.", column="text")
    if not label:
        return Problem("a label", "an empty cell", "Fill in the label or delete the row.", column="label")
    canonical = {"text": text, "label": label}
    pair = _clean(row.get("text_pair"))
    return canonical | {"text_pair": pair} if pair else canonical


def check_dataset(classes: Sequence[str]) -> Problem | None:
    if len(classes) == 1:
        return Problem(
            "at least two different labels",
            f"only {classes[0]!r} in every row",
            "Add rows of another class: a classifier with one answer learns nothing.",
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
    "properties": {"label": {"type": "string"}, "score": {"type": "number", "minimum": 0, "maximum": 1}},
}
_PAIR = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}, "text_pair": {"type": "string"}},
}
_ONE = {"anyOf": [{"type": "string", "minLength": 1}, _PAIR]}

TASK = Task(
    name="text-classification",
    title="Text classification",
    columns=(TEXT, LABEL, TEXT_PAIR),
    metric="accuracy",
    metrics=("accuracy", "macro_f1"),
    architecture_suffixes=("ForSequenceClassification",),
    family="text_classification",
    defaults={
        "epochs": 1,
        "min_steps": 100,
        "learning_rate": 1e-4,
        "train_batch_size": 32,
        "eval_batch_size": 64,
        "max_length": 256,
        "warmup_ratio": 0.1,
        "weight_decay": 0.01,
        "seed": 42,
    },
    request_schema={
        "type": "object",
        "required": ["inputs"],
        "additionalProperties": False,
        "properties": {
            "inputs": {"anyOf": [*_ONE["anyOf"], {"type": "array", "minItems": 1, "items": _ONE}]},
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "top_k": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                    "function_to_apply": {"enum": ["softmax", "sigmoid", "none"]},
                },
            },
        },
    },
    response_schema={
        "anyOf": [
            _SCORED_LABEL,
            {"type": "array", "items": {"anyOf": [_SCORED_LABEL, {"type": "array", "items": _SCORED_LABEL}]}},
        ]
    },
    example_inputs="This is a sentence to classify.",
    check_row=check_row,
    check_dataset=check_dataset,
    class_of=class_of,
    labels_of=labels_of,
    aliases=("sentiment-analysis",),
)
