"""Summarization: a document, a shorter text that says what matters in it."""

from __future__ import annotations

from tasks import inputs
from tasks.base import Column, Task
from tasks.sequences import (
    DEFAULTS,
    hold_texts,
    request_schema,
    response_schema,
    two_texts,
)

TASK = Task(
    name="summarization",
    title="Summarization",
    columns=(
        Column(
            "document",
            ("article", "text", "content", "dialogue", "report", "body", "source"),
        ),
        Column("summary", ("highlights", "abstract", "tldr", "headline")),
    ),
    metric="rouge1",
    metrics=("rouge1", "rouge2", "rougeL"),
    architecture_suffixes=(),
    family="seq2seq",
    base_model="google-t5/t5-small",
    defaults=DEFAULTS | {"prefix": "summarize: "},
    request_schema=request_schema(),
    response_schema=response_schema("summary_text"),
    answer_field="summary_text",
    example_inputs="The council met on Monday. It decided to build a new bridge, after years of debate.",
    check_row=two_texts("document", "summary"),
    inputs_of=inputs.text_in("document"),
    stripped=("document", "summary"),
    fits=hold_texts("document", "summary"),
    targets=("summary",),
    answers_condense_sources=True,
    use_sentence="Writes a summary of a document.",
)
