from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.unit.training.recipes.templates import CHATML, FORGETFUL, LOUD, NO_SYSTEM
from training.common.errors import DataError
from training.recipes.chats import TEMPLATE, end_of_turn, trained_segments

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "yes?"},
    {"role": "assistant", "content": "yes"},
    {"role": "user", "content": "why yes?"},
    {"role": "assistant", "content": "because"},
]
END = "<|endoftext|>"


def _tokenizer(source: Path, template: str) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokenizer.add_special_tokens(
        {"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}
    )
    tokenizer.chat_template = template
    return tokenizer


def test_answers_are_learnt_with_what_ends_them(llama: Path) -> None:
    assert trained_segments(_tokenizer(llama, TEMPLATE), CHAT) == [
        ("<|system|>\nBe brief.\n<|user|>\nyes?\n<|assistant|>\n", False),
        (f"yes{END}", True),
        ("\n<|user|>\nwhy yes?\n<|assistant|>\n", False),
        (f"because{END}", True),
    ]


@pytest.mark.parametrize("template", [TEMPLATE, CHATML, FORGETFUL])
def test_only_the_assistant_is_learnt_whatever_the_template(
    template: str, llama: Path
) -> None:
    tokenizer = _tokenizer(llama, template)
    parts = trained_segments(tokenizer, CHAT)
    ends = {TEMPLATE: END, CHATML: "<|im_end|>\n", FORGETFUL: "<|im_end|>"}
    assert [text for text, learnt in parts if learnt] == [
        f"{output}{ends[template]}" for output in ("yes", "because")
    ]
    whole = tokenizer.apply_chat_template(CHAT, tokenize=False)
    assert whole.startswith("".join(text for text, _ in parts))


@pytest.mark.parametrize(
    ("template", "token"),
    [(TEMPLATE, END), (CHATML, "<|im_end|>"), (FORGETFUL, "<|im_end|>")],
)
def test_the_token_that_ends_an_answer_is_found(
    template: str, token: str, llama: Path
) -> None:
    tokenizer = _tokenizer(llama, template)
    assert end_of_turn(tokenizer) == tokenizer.convert_tokens_to_ids(token)


def test_a_chat_that_the_template_refuses_is_explained(llama: Path) -> None:
    with pytest.raises(DataError) as raised:
        trained_segments(_tokenizer(llama, NO_SYSTEM), CHAT)
    assert str(raised.value) == (
        "expected chats that the base model's template takes; found system, user: no system role here. "
        "Change the order of the roles, or choose another base_model."
    )


def test_a_template_that_changes_answers_is_refused(llama: Path) -> None:
    with pytest.raises(DataError) as raised:
        trained_segments(_tokenizer(llama, LOUD), CHAT[1:])
    assert str(raised.value) == (
        "expected a chat template that writes every answer as it is; found none of 'yes'. Choose another base_model."
    )
