"""Extractive question answering: the answer is a part of the context, or there is none."""

from __future__ import annotations

from typing import Any

from contracts.problems import Problem
from tasks import cells, inputs
from tasks.base import DEFAULTS, Column, Row, Task
from tasks.calls import list_of, request

QUESTION = Column("question", ("query", "q"))
CONTEXT = Column("context", ("passage", "paragraph", "document", "text"))
ANSWERS = Column("answers", ("answer", "answer_text"))
START = Column("answer_start", ("start", "start_position"), required=False)
IMPOSSIBLE = Column("is_impossible", ("impossible",), required=False)


_YES = ("true", "1", "yes")


def check_row(row: Row) -> Row | Problem:
    question = cells.required(row, "question")
    if isinstance(question, Problem):
        return question
    context = cells.exact(row, "context")
    if isinstance(context, Problem):
        return context
    if cells.text(row.get("is_impossible")).lower() in _YES:
        return {"question": question, "context": context, "answers": []}
    pairs = _answer_pairs(
        cells.decoded(row.get("answers")), cells.decoded(row.get("answer_start"))
    )
    if isinstance(pairs, Problem):
        return pairs
    placed = [_placed(text, start, context) for text, start in pairs]
    wrong = next((answer for answer in placed if isinstance(answer, Problem)), None)
    return wrong or {"question": question, "context": context, "answers": placed}


def _answer_pairs(
    answers: Any, starts: Any
) -> list[tuple[str, float | None]] | Problem:
    """Texts and starts: SQuAD's object of two lists, a list of objects or of texts, one text, or nothing."""
    if isinstance(answers, dict):
        starts = answers.get("answer_start", answers.get("start", starts))
        answers = answers.get("text", [])
    if not isinstance(answers, list) and not cells.text(answers):
        return []
    texts = answers if isinstance(answers, list) else [answers]
    if all(isinstance(text, dict) for text in texts):
        starts = [text.get("start", text.get("answer_start")) for text in texts]
        texts = [text.get("text") for text in texts]
    starts = starts if isinstance(starts, list) else [starts] * len(texts)
    if len(starts) != len(texts):
        remedy = "Give every answer its start, or leave the starts out."
        return Problem(
            "as many starts as answers",
            f"{len(starts)} and {len(texts)}",
            remedy,
            column="answers",
        )
    if not all(isinstance(text, str) and text.strip() for text in texts):
        remedy = 'Write {"text": ["…"], "answer_start": [0]}, the answer as plain text, or nothing for no answer.'
        return Problem(
            "the text of an answer", cells.shown(answers), remedy, column="answers"
        )
    return [
        (text, cells.number(start)) for text, start in zip(texts, starts, strict=True)
    ]


def _placed(text: str, start: float | None, context: str) -> dict[str, Any] | Problem:
    actual = context.find(text)
    if start is None:
        text = text if actual >= 0 else text.strip()
        start = context.find(text)
        if start < 0:
            remedy = "Copy the answer from the context letter by letter, or leave it empty for no answer."
            return Problem(
                "an answer that stands in the context",
                f"{cells.shown(text)}, which does not",
                remedy,
                column="answers",
            )
    position = int(start)
    if (
        start == position
        and position >= 0
        and context[position : position + len(text)] == text
    ):
        return {"text": text, "start": position}
    there = (
        cells.shown(context[max(position, 0) : max(position, 0) + len(text)])
        if 0 <= position < len(context)
        else "nothing"
    )
    remedy = (
        f"It stands at {actual}: correct answer_start."
        if actual >= 0
        else "Copy the answer from the context."
    )
    return Problem(
        f"the answer {cells.shown(text)} at character {start:g} of the context",
        there,
        remedy,
        column="answers",
    )


_ONE = {
    "type": "object",
    "required": ["question", "context"],
    "additionalProperties": False,
    "properties": {
        "question": {"type": "string", "minLength": 1},
        "context": {"type": "string", "minLength": 1},
    },
}
_TEXTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
_COLUMNS = {
    "type": "object",
    "required": ["question", "context"],
    "additionalProperties": False,
    "properties": {
        "question": _TEXTS,
        "context": {"anyOf": [{"type": "string", "minLength": 1}, _TEXTS]},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["score", "start", "end", "answer"],
    "properties": {
        "score": {"type": "number"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "answer": {"type": "string"},
    },
}

TASK = Task(
    name="question-answering",
    title="Question answering",
    columns=(QUESTION, CONTEXT, ANSWERS, START, IMPOSSIBLE),
    metric="f1",
    metrics=("f1", "exact_match"),
    architecture_suffixes=("ForQuestionAnswering",),
    family="question_answering",
    defaults=DEFAULTS
    | {
        "epochs": 2,
        "min_steps": 200,
        "train_batch_size": 16,
        "eval_batch_size": 32,
        "max_length": 384,
        "doc_stride": 128,
    },
    request_schema=request(
        {"anyOf": [_ONE, list_of(_ONE), _COLUMNS]},
        {
            "top_k": {"type": "integer", "minimum": 1},
            "handle_impossible_answer": {"type": "boolean"},
            "max_answer_len": {"type": "integer", "minimum": 1},
            "max_seq_len": {"type": "integer", "minimum": 16},
            "doc_stride": {"type": "integer", "minimum": 0},
            "align_to_words": {"type": "boolean"},
        },
    ),
    response_schema={
        "anyOf": [
            _ANSWER,
            {
                "type": "array",
                "items": {"anyOf": [_ANSWER, {"type": "array", "items": _ANSWER}]},
            },
        ]
    },
    example_inputs={
        "question": "Where was Ada born?",
        "context": "Ada Lovelace was born in London in 1815.",
    },
    check_row=check_row,
    inputs_of=inputs.question_in_context,
    aliases=("qa", "extractive-question-answering"),
    use_sentence="Finds the answer to a question in a given context; it knows nothing else.",
    in_pieces=True,
    targets=("answers", "answer_start", "is_impossible"),
    shared=("context",),
)
