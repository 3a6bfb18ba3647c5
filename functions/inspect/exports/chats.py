"""Chats in the shapes of training libraries: turns in `history`, prompts and completions of messages, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from tasks import Row
from tasks.cells import decoded
from tasks.text_generation import is_unlearnt

_ANSWERS = ("output", "response", "completion")
_PROMPTS = ("instruction", "prompt", "input", "question")
_KEPT = ("system", "system_prompt")
_CHATS = ("messages", "conversations")
_ASSISTANTS = ("assistant", "gpt", "model")
_UNLEARNT = LeftOut("without an answer to learn: all have the weight 0")


def recognise_history(sample: Sequence[Row]) -> Reading | None:
    """Alpaca's rows with the turns before the prompt."""
    columns = columns_of(sample)
    turns = [decoded(value) for value in values_of(sample, "history")]
    has_turns = any(turns) and all(isinstance(value, list) for value in turns)
    if not has_turns or not columns & {*_ANSWERS} or not columns & {*_PROMPTS}:
        return None
    return Reading(_convert, "chats: the turns in 'history', the prompt and its answer")


def _convert(row: Row) -> Row:
    history = decoded(row.get("history"))
    messages: list[Any] = []
    for turn in history if isinstance(history, list) else []:
        if isinstance(turn, list):
            messages += _turn(*map(str, turn[:2]))
        else:
            messages.append(turn)
    prompt = "\n\n".join(str(row[name]) for name in _PROMPTS if row.get(name))
    answer = next((row[name] for name in _ANSWERS if row.get(name)), None)
    messages += _turn(prompt, answer)
    return {"messages": messages} | {name: row[name] for name in _KEPT if row.get(name)}


def _turn(prompt: str, answer: Any = None) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": answer},
    ]


def recognise_two_lists(sample: Sequence[Row]) -> Reading | None:
    """A prompt and a completion that are messages each."""
    pairs = [
        (decoded(row.get("prompt")), decoded(row.get("completion"))) for row in sample
    ]
    if not pairs or not all(isinstance(cell, list) for pair in pairs for cell in pair):
        return None
    return Reading(_joined, "chats: the messages of the prompt and of the completion")


def _joined(row: Row) -> Row:
    cells = [decoded(row.get(name)) for name in ("prompt", "completion")]
    lists = [cell for cell in cells if isinstance(cell, list)]
    return {"messages": [message for cell in lists for message in cell]}


def recognise_weights(sample: Sequence[Row]) -> Reading | None:
    """Answers that are marked as bad."""
    if not any(is_unlearnt(message) for row in sample for message in _messages(row)):
        return None
    note = "chats: answers with the weight 0 are read but not learnt"
    return Reading(_with_an_answer, note)


def _messages(row: Row) -> list[Row]:
    cells = [decoded(row.get(name)) for name in _CHATS]
    lists = [cell for cell in cells if isinstance(cell, list)]
    return [message for cell in lists for message in cell if isinstance(message, dict)]


def _with_an_answer(row: Row) -> Row | LeftOut:
    answers = [message for message in _messages(row) if _role(message) in _ASSISTANTS]
    return _UNLEARNT if answers and all(map(is_unlearnt, answers)) else row


def _role(message: Row) -> str:
    return str(message.get("role") or message.get("from")).lower()
