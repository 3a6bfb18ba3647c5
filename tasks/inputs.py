"""Rows without an answer as the `inputs` of a request: rows of a batch, which have columns as a drop has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from contracts.problems import Problem
from tasks import cells

InputsOf: TypeAlias = Callable[[dict[str, Any]], Any]
"""A row under canonical names (values as read) -> the `inputs` of its request, or a `Problem`."""


def text_in(column: str) -> InputsOf:
    """The text of a column."""

    def inputs(row: dict[str, Any]) -> str | Problem:
        return cells.required(row, column)

    return inputs


def text_or_pair(row: dict[str, Any]) -> Any:
    """A text, or an object of two where the row has a second one."""
    text, pair = cells.required(row, "text"), cells.text(row.get("text_pair"))
    if isinstance(text, Problem) or not pair:
        return text
    return {"text": text, "text_pair": pair}


def text_or_similarity(row: dict[str, Any]) -> Any:
    """A text that is embedded, or two that are compared."""
    text, pair = cells.required(row, "text"), cells.text(row.get("text_pair"))
    if isinstance(text, Problem) or not pair:
        return text
    return {"source_sentence": text, "sentences": [pair]}


def text_or_tokens(row: dict[str, Any]) -> Any:
    """The text, or the tokens with spaces between them."""
    column = "text" if cells.text(row.get("text")) else "tokens"
    value = cells.decoded(row.get(column))
    if isinstance(value, list):
        return " ".join(map(cells.text, value))
    return cells.exact(row, column)


def question_in_context(row: dict[str, Any]) -> Any:
    question, context = cells.required(row, "question"), cells.exact(row, "context")
    if isinstance(question, Problem):
        return question
    if isinstance(context, Problem):
        return context
    return {"question": question, "context": context}


def prompt_of(row: dict[str, Any]) -> Any:
    """The system prompt, the prompt and the context, where there are any, with empty lines between: as it is learnt."""
    prompt = cells.required(row, "prompt")
    if isinstance(prompt, Problem):
        return prompt
    system, context = cells.text(row.get("system")), cells.text(row.get("context"))
    return "\n\n".join(filter(None, (system, prompt, context)))


def chat_of(row: dict[str, Any]) -> Any:
    """The messages of one chat."""
    messages = cells.decoded(row.get("messages"))
    if isinstance(messages, list) and messages:
        return messages
    remedy = 'Write [{"role": "user", "content": "…"}].'
    actual = cells.found_in(row.get("messages"))
    return Problem("a list of messages", actual, remedy, column="messages")
