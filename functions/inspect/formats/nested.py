"""Records that are no single flat row: SQuAD's articles with their questions, spaCy's documents with their sentences,
the intents of a chat bot with their patterns, chats that are bare lists of messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

from functions.inspect.formats.base import Numbered
from functions.inspect.formats.objects import as_row
from tasks import Row


def numbered_rows(
    values: Iterator[tuple[int, object]], expected: str
) -> Iterator[Numbered]:
    """Every row of every value; the rows of one value are counted on, since they have no line of their own."""
    more = 0
    for number, value in values:
        rows = list(_inner_rows(value)) if _may_hold_rows(value) else []
        if not rows:
            yield number + more, as_row(_as_chat(value), expected)
            continue
        for row in rows:
            yield number + more, row
            more += 1
        more -= 1


def _as_chat(value: object) -> object:
    """A list of messages as the row of a chat; any other value as it is."""
    is_chat = isinstance(value, list) and bool(value) and all(map(_is_message, value))
    return {"messages": value} if is_chat else value


def _is_message(value: object) -> bool:
    keys = value.keys() if isinstance(value, dict) else set()
    return {"role", "content"} <= keys or {"from", "value"} <= keys


def _may_hold_rows(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and ("paragraphs" in value or "patterns" in value)


def _inner_rows(value: dict[str, Any]) -> Iterator[Row]:
    if isinstance(value.get("patterns"), list) and "tag" in value:
        for pattern in value["patterns"]:
            yield {"text": pattern, "label": value["tag"]}
    paragraphs = value.get("paragraphs")
    for paragraph in paragraphs if isinstance(paragraphs, list) else []:
        if not isinstance(paragraph, dict):
            continue
        if isinstance(paragraph.get("qas"), list):
            yield from _questions(paragraph)
        elif isinstance(paragraph.get("sentences"), list):
            yield from map(_sentence, paragraph["sentences"])


def _questions(paragraph: dict[str, Any]) -> Iterator[Row]:
    """SQuAD 1 and 2; `plausible_answers` are none."""
    for question in paragraph["qas"]:
        if not isinstance(question, dict):
            continue
        row: Row = {
            "question": question.get("question"),
            "context": paragraph.get("context"),
        }
        is_impossible = bool(question.get("is_impossible"))
        row["answers"] = [] if is_impossible else question.get("answers", [])
        yield row


def _sentence(sentence: Any) -> Row:
    tokens = sentence.get("tokens", []) if isinstance(sentence, dict) else []
    words = [token.get("orth") for token in tokens]
    return {
        "tokens": words,
        "tags": [token.get("ner") or token.get("tag") for token in tokens],
    }
