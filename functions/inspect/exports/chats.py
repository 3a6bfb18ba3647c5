"""Chats in the shapes of training libraries: turns in `history`, prompts and completions of messages, weights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from tasks import Row
from tasks.cells import decoded
from tasks.text_generation import is_unlearnt

_ANSWERS = ("output", "response", "completion")
_PROMPTS = ("instruction", "prompt", "input", "question")
_KEPT = ("system", "system_prompt")
_CHATS = ("messages", "conversations")
_TWO_LISTS = ("prompt", "completion")
_ASSISTANTS = ("assistant", "gpt", "model")
_UNLEARNT = LeftOut("without an answer to learn: all have the weight 0")


def recognise_history(sample: Sequence[Row]) -> Reading | None:
    """Alpaca's rows with the turns before the prompt."""
    columns = columns_of(sample)
    turns = [decoded(value) for value in values_of(sample, "history")]
    has_turns = any(turns) and all(isinstance(value, list) for value in turns)
    has_answer = not columns.isdisjoint(_ANSWERS)
    has_prompt = not columns.isdisjoint(_PROMPTS)
    if not (has_turns and has_answer and has_prompt):
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
    prompt = "\n\n".join(map(str, _filled(row, _PROMPTS).values()))
    answer = next(iter(_filled(row, _ANSWERS).values()), None)
    messages += _turn(prompt, answer)
    return {"messages": messages} | _filled(row, _KEPT)


def _filled(row: Row, names: Sequence[str]) -> Row:
    """The cells of these columns that are not empty, in the order of the names."""
    return {name: row[name] for name in names if row.get(name)}


def _turn(prompt: str, answer: Any = None) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": answer},
    ]


def recognise_two_lists(sample: Sequence[Row]) -> Reading | None:
    """A prompt and a completion that are messages each."""
    if not sample or not all(map(_has_two_lists, sample)):
        return None
    return Reading(_joined, "chats: the messages of the prompt and of the completion")


def _has_two_lists(row: Row) -> bool:
    return len(_lists(row, _TWO_LISTS)) == len(_TWO_LISTS)


def _joined(row: Row) -> Row:
    return {"messages": [*chain(*_lists(row, _TWO_LISTS))]}


def _lists(row: Row, names: Sequence[str]) -> list[list[Any]]:
    """The cells of these columns that are lists, or hold one as JSON."""
    cells = [decoded(row.get(name)) for name in names]
    return [cell for cell in cells if isinstance(cell, list)]


def recognise_weights(sample: Sequence[Row]) -> Reading | None:
    """Answers that are marked as bad."""
    messages = chain.from_iterable(map(_messages, sample))
    if not any(map(is_unlearnt, messages)):
        return None
    note = "chats: answers with the weight 0 are read but not learnt"
    return Reading(_with_an_answer, note)


def _messages(row: Row) -> list[Row]:
    messages = chain(*_lists(row, _CHATS))
    return [message for message in messages if isinstance(message, dict)]


def _with_an_answer(row: Row) -> Row | LeftOut:
    answers = [message for message in _messages(row) if _role(message) in _ASSISTANTS]
    return _UNLEARNT if answers and all(map(is_unlearnt, answers)) else row


def _role(message: Row) -> str:
    return str(message.get("role") or message.get("from")).lower()
