from __future__ import annotations

import pytest

from tasks import Row
from training.recipes.causal_lm_texts import (
    PROMPT_WORDS,
    prompt_of,
    shown_prompt,
    trained_text,
)

QUESTION = {"role": "user", "content": "open?"}
ANSWER = {"role": "assistant", "content": "the window"}
UNWEIGHED = {"role": "assistant", "content": "no", "weight": 0}


def test_the_prompt_of_a_text_is_its_first_half_at_most_so_many_words() -> None:
    assert prompt_of({"text": "one two three four five"}) == "one two"
    assert prompt_of({"text": "one"}) == "one"
    assert len(str(prompt_of({"text": "word " * 200})).split()) == PROMPT_WORDS


def test_the_prompt_of_a_chat_is_all_before_its_last_answer() -> None:
    row: Row = {"messages": [QUESTION, UNWEIGHED, QUESTION, ANSWER]}
    assert shown_prompt(row) == "user: open?\nassistant: no\nuser: open?"
    assert prompt_of({"messages": [ANSWER]}) == (("user", ""),)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"text": "a b"}, "a b"),
        ({"prompt": "a", "completion": "b"}, "b"),
        ({"messages": [QUESTION, UNWEIGHED, QUESTION, ANSWER]}, "the window"),
    ],
)
def test_what_is_trained_is_the_text_the_completion_or_the_answers(
    row: Row, text: str
) -> None:
    assert trained_text(row) == text
