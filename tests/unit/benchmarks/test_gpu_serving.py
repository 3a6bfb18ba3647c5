from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from benchmarks.gpu_serving import (
    ChosenTokens,
    DisagreementError,
    largest_gap,
    require_below,
)
from tests.tiny_models import build_llama


@pytest.mark.parametrize("value", [0.3, math.nan, math.inf])
def test_answers_that_differ_are_refused(value: float) -> None:
    require_below(0.2, 0.25, "scores that differ")
    with pytest.raises(
        DisagreementError, match=r"expected scores that differ by at most 0\.25"
    ):
        require_below(value, 0.25, "scores that differ")


def test_only_the_models_own_choices_have_no_gap(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(build_llama(tmp_path)).eval()
    prompt = [5, 6, 7]
    written = model.generate(
        torch.tensor([prompt]), max_new_tokens=4, do_sample=False, eos_token_id=None
    )
    tokens = written[0, len(prompt) :].tolist()
    assert largest_gap(model, prompt, tokens) == pytest.approx(0, abs=1e-5)
    other = [*tokens[:-1], (tokens[-1] + 1) % model.config.vocab_size]
    assert largest_gap(model, prompt, other) > 0.01


def test_prompts_are_noted_without_padding() -> None:
    noted = ChosenTokens()
    scores = torch.eye(3)[:2]
    assert noted(torch.tensor([[9, 4], [5, 6]]), scores) is scores
    noted(torch.tensor([[9, 4, 0], [5, 6, 1]]), scores.flip(0))
    assert list(noted.rows(filler=9)) == [([4], [0, 1]), ([5, 6], [1, 0])]
