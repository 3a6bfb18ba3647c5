"""Text generation: plain texts to go on with, prompts with completions, or chats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contracts.problems import Problem
from tasks import cells
from tasks.base import DEFAULTS, Column, Row, Task
from tasks.calls import TEXT, list_of, one_or_many, request
from tasks.sequences import GENERATION, hold_texts, two_texts

_TEXT = Column("text", ("content", "document", "story", "body", "sentence"))
PROMPT = Column("prompt", ("instruction", "question", "input", "query", "user"))
COMPLETION = Column("completion", ("output", "response", "answer", "chosen", "reply", "assistant"))
CONTEXT = Column("context", ("input", "passage", "document"), required=False)
MESSAGES = Column("messages", ("conversations", "conversation", "chat", "dialog"))
_NOUN = "a list of texts, of chats, or of the messages of one chat (role and content)"
ROLES = ("system", "user", "assistant")
_ROLE_NAMES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}


def check_text(row: Row) -> Row | Problem:
    text = cells.required(row, "text")
    return text if isinstance(text, Problem) else {"text": text}


def check_completion(row: Row) -> Row | Problem:
    """The context, where there is one, is a part of the prompt: below the instruction, after an empty line."""
    pair, context = _pair(row), row.get("context")
    if isinstance(pair, Problem):
        return pair
    if isinstance(context, list | dict):
        return cells.plain_wanted("context", context)
    value = cells.text(context)
    return pair | {"prompt": f"{pair['prompt']}\n\n{value}"} if value else pair


_pair = two_texts("prompt", "completion")


def check_messages(row: Row) -> Row | Problem:
    value = cells.decoded(row.get("messages"))
    if not isinstance(value, list) or not value:
        remedy = 'Write [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].'
        return Problem("a list of messages", cells.found_in(value), remedy, column="messages")
    messages = [_message(message) for message in value]
    wrong = next((message for message in messages if isinstance(message, Problem)), None)
    if wrong:
        return wrong
    if messages[-1]["role"] != "assistant":  # type: ignore[index]
        remedy = "Let every chat end with the answer that is to be learnt."
        actual = f"one of the {messages[-1]['role']}"  # type: ignore[index]
        return Problem("a last message of the assistant", actual, remedy, column="messages")
    if not any(message["role"] == "user" for message in messages):  # type: ignore[index]
        remedy = "Put what is answered before the answer."
        return Problem("a message of the user", "none", remedy, column="messages")
    return {"messages": messages}


def _message(message: Any) -> dict[str, str] | Problem:
    role = (message.get("role") or message.get("from")) if isinstance(message, dict) else None
    content = (
        (message.get("content") or message.get("value")) if isinstance(message, dict) else None
    )
    role = _ROLE_NAMES.get(cells.text(role).lower(), cells.text(role).lower())
    if role not in ROLES:
        actual = cells.found_in(role or message)
        return Problem(
            f"a role ({', '.join(ROLES)})", actual, "Correct the role.", column="messages"
        )
    if not isinstance(content, str) and content:
        remedy = "Write the content as one text; pictures and calls of tools cannot be learnt."
        return Problem(
            "a message with a text",
            f"{cells.shown(content)} of the {role}",
            remedy,
            column="messages",
        )
    if not isinstance(content, str) or not content.strip():
        remedy = "Fill in the content or delete the row."
        return Problem(
            "a message with content", f"an empty one of the {role}", remedy, column="messages"
        )
    return {"role": role, "content": content}


def holds_chats(sample: Sequence[Row]) -> str | None:
    values = [cells.decoded(row.get("messages")) for row in sample]
    return (
        "each row holds a list of messages"
        if any(isinstance(value, list) for value in values)
        else None
    )


_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {"role": {"enum": list(ROLES)}, "content": {"type": "string"}},
}
_CHAT = {"type": "array", "minItems": 1, "items": _MESSAGE}
_GENERATED = {
    "type": "object",
    "required": ["generated_text"],
    "properties": {"generated_text": {"anyOf": [{"type": "string"}, _CHAT]}},
}

_PLAIN = Task(
    name="text-generation",
    title="Text generation",
    columns=(_TEXT,),
    metric="token_accuracy",
    metrics=("token_accuracy", "perplexity", "loss"),
    architecture_suffixes=("ForCausalLM", "LMHeadModel"),
    family="causal_lm",
    base_model="HuggingFaceTB/SmolLM2-135M",
    defaults=DEFAULTS
    | {
        "train_batch_size": 8,
        "eval_batch_size": 8,
        "max_length": 512,
        "max_target_length": 64,
        "warmup_ratio": 0.05,
    },
    request_schema=request(
        {"anyOf": [TEXT, list_of({"anyOf": [TEXT, _MESSAGE, _CHAT]}) | {"x-noun": _NOUN}]},
        GENERATION | {"return_full_text": {"type": "boolean"}, "stop": one_or_many()},
    ),
    response_schema={
        "type": "array",
        "items": {"anyOf": [_GENERATED, {"type": "array", "items": _GENERATED}]},
    },
    example_inputs="Once upon a time",
    check_row=check_text,
    aliases=("causal-lm", "language-modeling"),
    use_sentence="Goes on with a text, completes a prompt or answers in a chat, as the rows it learned.",
    pipeline_call="model({inputs}, max_new_tokens=64)",
    in_pieces=True,
    targets=(),
)

_COMPLETION = replace(
    _PLAIN,
    title="Text generation from prompts",
    variant="completion",
    aliases=("completion", "instruction-tuning", "sft"),
    columns=(PROMPT, COMPLETION, CONTEXT),
    check_row=check_completion,
    fits=hold_texts("prompt", "completion", "context"),
    in_pieces=False,
    targets=("completion",),
)

_CHATS = replace(
    _PLAIN,
    title="Chat",
    variant="chat",
    aliases=("chat", "conversational"),
    columns=(MESSAGES,),
    check_row=check_messages,
    fits=holds_chats,
    in_pieces=False,
)

TASK = replace(_PLAIN, variants=(_COMPLETION, _CHATS))
