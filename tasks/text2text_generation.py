"""Text-to-text generation: any text from any text; what a T5 or BART archive without a closer name is served as."""

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
    name="text2text-generation",
    title="Text-to-text generation",
    columns=(
        Column("input_text", ("inputs_text", "input", "inputs")),
        Column("target_text", ("output_text", "target", "targets")),
    ),
    metric="rouge1",
    metrics=("rouge1", "rouge2", "rougeL"),
    architecture_suffixes=(
        "ForConditionalGeneration",
        "MTModel",
        "EncoderDecoderModel",
        "T5WithLMHeadModel",
    ),
    family="seq2seq",
    base_model="google-t5/t5-small",
    defaults=DEFAULTS,
    request_schema=request_schema(),
    response_schema=response_schema("generated_text"),
    example_inputs="question: what is the capital of France?",
    check_row=two_texts("input_text", "target_text"),
    inputs_of=inputs.text_in("input_text"),
    stripped=("input_text", "target_text"),
    fits=hold_texts("input_text", "target_text"),
    targets=("target_text",),
    aliases=("text-to-text", "seq2seq"),
    use_sentence="Answers a text with a text, as in the rows it was trained on.",
)
