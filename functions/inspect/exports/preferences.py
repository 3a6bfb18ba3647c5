"""Preference data: of two answers the chosen one is learnt, of judged answers the good ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from tasks import Row
from tasks.cells import decoded

_PROMPTS = ("prompt", "question", "instruction", "input", "query")
_CHATS = ("messages", "conversations")
_KEPT = ("system", "system_prompt")
_TURN = re.compile(r"\n\n(Human|Assistant):")
_ROLES = {"Human": "user", "Assistant": "assistant"}
_REJECTED = LeftOut("whose answer is judged as bad")


def recognise(sample: Sequence[Row]) -> Reading | None:
    """`chosen` and `rejected` of Direct Preference Optimization."""
    if not {"chosen", "rejected"} <= columns_of(sample):
        return None
    chosen = [decoded(value) for value in values_of(sample, "chosen")]
    note = "preference data: the answers in 'chosen' are learnt, those in 'rejected' are not"
    if chosen and all(isinstance(value, list | dict) for value in chosen):
        return Reading(_chat_of("chosen"), note)
    if chosen and all(
        isinstance(value, str) and _TURN.match(value) for value in chosen
    ):
        return Reading(_transcript, note)
    return Reading(_without_rejected, note)


def recognise_judged(sample: Sequence[Row]) -> Reading | None:
    """`completion` and a `label` that is true or false, of Kahneman-Tversky Optimization."""
    labels = values_of(sample, "label")
    if not {"prompt", "completion"} <= columns_of(sample) or not labels:
        return None
    if not all(_judgement(label) is not None for label in labels):
        return None
    is_chat = all(isinstance(decoded(row.get("completion")), list) for row in sample)
    convert = _chat_of("completion") if is_chat else _without_label

    def convert_good(row: Row) -> Row | LeftOut:
        return convert(row) if _judgement(row.get("label")) else _REJECTED

    return Reading(
        convert_good, "judged answers: those whose 'label' is true are learnt"
    )


def _judgement(label: object) -> bool | None:
    if isinstance(label, bool):
        return label
    return (
        {"true": True, "false": False}.get(label.lower())
        if isinstance(label, str)
        else None
    )


def _without_rejected(row: Row) -> Row:
    return {name: value for name, value in row.items() if "rejected" not in name}


def _without_label(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "label"}


def _chat_of(answer: str) -> Callable[[Row], Row]:
    """A chat that ends with the answer, which may hold the whole chat itself."""

    def convert(row: Row) -> Row:
        value = decoded(row.get(answer))
        messages = value if isinstance(value, list) else [value]
        system = {name: row[name] for name in _KEPT if row.get(name)}
        return {"messages": [*_before(row, messages), *messages]} | system

    return convert


def _before(row: Row, answer: list[Any]) -> list[Any]:
    """What is answered, unless it is a part of the answer already."""
    if len(answer) > 1:
        return []
    chats = [decoded(row[name]) for name in (*_CHATS, *_PROMPTS) if row.get(name)]
    if not chats:
        return []
    prompt = chats[0]
    return prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]


def _transcript(row: Row) -> Row:
    """Turns after `Human:` and `Assistant:`, as in Anthropic's hh-rlhf."""
    _, *parts = _TURN.split(str(row.get("chosen")))
    turns = zip(parts[::2], parts[1::2], strict=True)
    return {
        "messages": [
            {"role": _ROLES[who], "content": text.strip()} for who, text in turns
        ]
    }
