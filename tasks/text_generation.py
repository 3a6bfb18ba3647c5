"""Text generation: plain texts to go on with, prompts with completions, or chats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contracts.problems import Problem
from tasks import cells, inputs
from tasks.base import DEFAULTS, Column, Row, Task
from tasks.calls import TEXT, list_of, one_or_many, request
from tasks.sequences import GENERATION, STREAM, hold_texts, two_texts

_TEXT = Column("text", ("content", "document", "story", "body", "sentence"))
PROMPT = Column("prompt", ("instruction", "question", "input", "query", "user"))
COMPLETION = Column(
    "completion", ("output", "response", "answer", "chosen", "reply", "assistant")
)
CONTEXT = Column("context", ("input", "passage", "document"), required=False)
MESSAGES = Column(
    "messages", ("conversations", "conversation", "chat", "dialog", "contents")
)
SYSTEM = Column(
    "system",
    ("system_prompt", "system_message", "system_instruction", "systeminstruction"),
    required=False,
)
_NOUN = "a list of texts, of chats, or of the messages of one chat (role and content)"
ROLES = ("system", "user", "assistant")
_ROLE_NAMES = {
    "developer": "system",
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
}
_TOOL_ROLES = (
    "tool",
    "function",
    "function_call",
    "observation",
    "tool_call",
    "tool_response",
)
_CONTENT_NAMES = ("content", "value", "parts", "text")
_UNLEARNT = (("weight", 0), ("train", False), ("loss", False))
"""How an answer is marked that is read but not learnt."""


def check_text(row: Row) -> Row | Problem:
    text = cells.required(row, "text")
    return text if isinstance(text, Problem) else {"text": text}


def check_completion(row: Row) -> Row | Problem:
    """The prompt begins with the system prompt and ends with the context, where there are any, after empty lines."""
    pair, system = _pair(row), _system_of(row)
    if isinstance(pair, Problem):
        return pair
    if isinstance(system, Problem):
        return system
    context = row.get("context")
    if isinstance(context, list | dict):
        return cells.plain_wanted("context", context)
    texts = (system, pair["prompt"], cells.text(context))
    return pair | {"prompt": "\n\n".join(filter(None, texts))}


def _system_of(row: Row) -> str | Problem:
    """The system prompt of a cell: a text, or a message."""
    value = cells.decoded(row.get("system"))
    content = _content_of(value) if isinstance(value, dict) else _joined(value)
    if isinstance(content, list | dict):
        return cells.plain_wanted("system", content)
    return cells.text(content)


_pair = two_texts("prompt", "completion")


def check_messages(row: Row) -> Row | Problem:
    value, system = cells.decoded(row.get("messages")), _system_of(row)
    if isinstance(system, Problem):
        return system
    if not isinstance(value, list) or not value:
        remedy = 'Write [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].'
        return Problem(
            "a list of messages", cells.found_in(value), remedy, column="messages"
        )
    checked = [_message(message) for message in value]
    wrong = next((message for message in checked if isinstance(message, Problem)), None)
    if wrong:
        return wrong
    messages = _until_learnt(
        [message for message in checked if isinstance(message, dict)]
    )
    return _wrong_order(messages) or _with_system(messages, system)


def _until_learnt(messages: list[Row]) -> list[Row]:
    """Without the end that nothing is learnt of, if there is an answer to learn."""
    answers = [
        place
        for place, message in enumerate(messages)
        if message["role"] == "assistant"
    ]
    learnt = [place for place in answers if "weight" not in messages[place]]
    is_last_unlearnt = bool(answers) and "weight" in messages[answers[-1]]
    return messages[: learnt[-1] + 1] if learnt and is_last_unlearnt else messages


def _wrong_order(messages: list[Row]) -> Problem | None:
    if messages[-1]["role"] != "assistant":
        remedy = "Let every chat end with the answer that is to be learnt."
        actual = f"one of the {messages[-1]['role']}"
        return Problem(
            "a last message of the assistant", actual, remedy, column="messages"
        )
    if "weight" in messages[-1]:
        remedy = "Delete the row, or give an answer the weight 1."
        return Problem(
            "an answer to learn", "only weights of 0", remedy, column="messages"
        )
    if not any(message["role"] == "user" for message in messages):
        remedy = "Put what is answered before the answer."
        return Problem("a message of the user", "none", remedy, column="messages")
    return None


def _with_system(messages: list[Row], system: str) -> Row | Problem:
    """The chat with its system prompt as the first message."""
    first = messages[0]
    if not system or (first["role"] == "system" and first["content"].strip() == system):
        return {"messages": messages}
    if first["role"] == "system":
        actual = f"{cells.shown(system)} and {cells.shown(first['content'])}"
        return Problem(
            "one system prompt", actual, "Keep one of the two.", column="system"
        )
    return {"messages": [{"role": "system", "content": system}, *messages]}


def _message(message: Any) -> Row | Problem:
    """`role` and `content`; `weight` 0 of an answer that is read but not learnt."""
    if not isinstance(message, dict):
        return _wrong_role(message)
    name = cells.text(message.get("role") or message.get("from")).lower()
    role, content = _ROLE_NAMES.get(name, name), _content_of(message)
    if name in _TOOL_ROLES or message.get("tool_calls") or message.get("function_call"):
        remedy = "Calls of tools cannot be learnt: delete such chats, or leave out these messages."
        actual = f"a call of a tool or its result ({name})"
        return Problem("messages of texts", actual, remedy, column="messages")
    if role not in ROLES:
        return _wrong_role(name or message)
    if not isinstance(content, str) and content:
        remedy = "Write the content as one text; pictures and calls of tools cannot be learnt."
        actual = f"{cells.shown(content)} of the {role}"
        return Problem("a message with a text", actual, remedy, column="messages")
    if not isinstance(content, str) or not content.strip():
        remedy = "Fill in the content or delete the row."
        actual = f"an empty one of the {role}"
        return Problem("a message with content", actual, remedy, column="messages")
    plain = {"role": role, "content": content}
    return (
        plain | {"weight": 0} if role == "assistant" and is_unlearnt(message) else plain
    )


def _wrong_role(value: Any) -> Problem:
    expected = f"a role ({', '.join(ROLES)})"
    return Problem(
        expected, cells.found_in(value), "Correct the role.", column="messages"
    )


def is_unlearnt(message: Row) -> bool:
    """Whether an answer is marked as one that is read but not learnt."""
    return any(name in message and message[name] == value for name, value in _UNLEARNT)


def _content_of(message: Row) -> Any:
    contents = [
        message[name] for name in _CONTENT_NAMES if message.get(name) is not None
    ]
    return _joined(contents[0]) if contents else None


def _joined(content: Any) -> Any:
    """The texts of a list of parts, below one another; the content as it is where a part is no text."""
    if not isinstance(content, list):
        return content
    texts = []
    for item in content:
        text = item.get("text") if isinstance(item, dict) else item
        if not isinstance(text, str):
            return content
        texts.append(text)
    return "\n".join(texts)


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
        {
            "anyOf": [
                TEXT,
                list_of({"anyOf": [TEXT, _MESSAGE, _CHAT]}) | {"x-noun": _NOUN},
            ]
        },
        GENERATION | {"return_full_text": {"type": "boolean"}, "stop": one_or_many()},
        {STREAM: {"type": "boolean"}},
    ),
    response_schema={
        "type": "array",
        "items": {"anyOf": [_GENERATED, {"type": "array", "items": _GENERATED}]},
    },
    example_inputs="Once upon a time",
    check_row=check_text,
    inputs_of=inputs.text_in("text"),
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
    columns=(PROMPT, COMPLETION, CONTEXT, SYSTEM),
    check_row=check_completion,
    inputs_of=inputs.prompt_of,
    fits=hold_texts("prompt", "completion", "context"),
    in_pieces=False,
    targets=("completion",),
)

_CHATS = replace(
    _PLAIN,
    title="Chat",
    variant="chat",
    aliases=("chat", "conversational"),
    columns=(MESSAGES, SYSTEM),
    check_row=check_messages,
    inputs_of=inputs.chat_of,
    shared=("messages",),
    fits=holds_chats,
    in_pieces=False,
)

TASK = replace(_PLAIN, variants=(_COMPLETION, _CHATS))
