from __future__ import annotations

from types import SimpleNamespace

import torch

from training.metrics.ties import FirstTie, GeneratedStart

TOKENIZER = SimpleNamespace(
    decode=lambda ids, skip_special_tokens: "".join(map(chr, ids))
)


def _watched(leads: list[float]) -> FirstTie:
    watch = FirstTie()
    for step, lead in enumerate(leads):
        scores = torch.tensor([[0.5 + lead / 2, 0.5 - lead / 2]]).log()
        assert watch(torch.tensor([[1, *map(ord, "abc"[:step])]]), scores) is scores
    return watch


def test_a_text_is_certain_up_to_its_first_tie() -> None:
    assert _watched([0.5, 0.5, 0.001]).confident_prefix(TOKENIZER, "abc") == "ab"
    assert _watched([0.5, 0.5, 0.5]).confident_prefix(TOKENIZER, "abc") == "abc"
    assert _watched([0.001, 0.5, 0.001]).confident_prefix(TOKENIZER, "abc") == ""


def test_texts_may_differ_only_at_a_tie() -> None:
    tied = GeneratedStart("the window", confident_prefix="the")
    assert tied.difference("the window") is None
    assert tied.difference("the river") is None
    assert tied.difference("a river") == "'a river' instead of 'the window'"
    certain = GeneratedStart("the", confident_prefix="the")
    assert certain.difference("the river") == "'the river' instead of 'the'"
