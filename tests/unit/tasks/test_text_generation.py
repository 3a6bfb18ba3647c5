"""Rows of texts, prompts with completions, and chats, and what becomes of them."""

from __future__ import annotations

import pytest

from tasks import Row, find_task

CHAT: list[Row] = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Good day"},
]

ROWS: dict[str, tuple[str, Row, Row]] = {
    "a prompt with its context": (
        "text-generation/completion",
        {"prompt": "Translate.", "completion": "Hallo", "context": " Hello "},
        {"prompt": "Translate.\n\nHello", "completion": "Hallo"},
    ),
    "a prompt without context": (
        "text-generation/completion",
        {"prompt": "Greet.", "completion": "Hallo", "context": None},
        {"prompt": "Greet.", "completion": "Hallo"},
    ),
    "a prompt with a system prompt": (
        "text-generation/completion",
        {"prompt": "Greet.", "completion": "Hallo", "system": "Be brief."},
        {"prompt": "Be brief.\n\nGreet.", "completion": "Hallo"},
    ),
    "a chat with a system prompt beside it": (
        "text-generation/chat",
        {"messages": CHAT, "system": "Be brief."},
        {"messages": [{"role": "system", "content": "Be brief."}, *CHAT]},
    ),
    "a chat that ends with an answer of weight 0": (
        "text-generation/chat",
        {"messages": [*CHAT, CHAT[0], CHAT[1] | {"weight": 0}]},
        {"messages": CHAT},
    ),
    "a chat in a cell": (
        "text-generation/chat",
        {
            "messages": "[{'from': 'human', 'value': 'Hello'}, {'from': 'gpt', 'value': 'Good day'}]"
        },
        {"messages": CHAT},
    ),
    "a very long text": (
        "text-generation",
        {"text": "a " * 500_000},
        {"text": ("a " * 500_000).strip()},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical
