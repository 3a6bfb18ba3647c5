from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from training.metrics.ties import FirstDraw, text_differs

TOKENIZER = SimpleNamespace(decode=lambda ids, skip_special_tokens: "".join(map(chr, ids)))


def _watched(leads: list[float]) -> FirstDraw:
    watch = FirstDraw()
    for step, lead in enumerate(leads):
        scores = torch.tensor([[0.5 + lead / 2, 0.5 - lead / 2]]).log()
        assert watch(torch.tensor([[1, *map(ord, "abc"[:step])]]), scores) is scores
    return watch


def test_a_text_is_sure_up_to_its_first_draw() -> None:
    assert _watched([0.5, 0.5, 0.001]).sure(TOKENIZER, "abc") == "ab"
    assert _watched([0.5, 0.5, 0.5]).sure(TOKENIZER, "abc") == "abc"
    assert _watched([0.001, 0.5, 0.001]).sure(TOKENIZER, "abc") == ""


def test_texts_may_part_only_at_a_draw() -> None:
    drawn: dict[str, Any] = {"start": "the window", "sure": "the"}
    assert text_differs("the window", drawn) is None
    assert text_differs("the river", drawn) is None
    assert text_differs("a river", drawn) == "'a river' instead of 'the window'"
    certain = {"start": "the", "sure": "the"}
    assert text_differs("the river", certain) == "'the river' instead of 'the'"
