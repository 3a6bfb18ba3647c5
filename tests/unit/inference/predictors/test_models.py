"""The precision of served models. A GPU is only claimed here: the models stay on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import sentencepiece
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedModel,
)

from inference.predictors import seq2seq, text_classification
from inference.predictors.models import load_pretrained
from inference.predictors.tokens import Text
from tests import tiny_models
from tests.tiny_model import TEXTS
from tests.unit.inference.tiny import build_model

YEAR = 2023.0


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_llama(tmp_path_factory.mktemp("llama"))


def claim_gpu(monkeypatch: pytest.MonkeyPatch, major: int) -> None:
    """A GPU of this compute capability; what is moved to it stays where it is."""
    move = PreTrainedModel.to

    def moved_nowhere(model: PreTrainedModel, *targets: Any) -> Any:
        others = [target for target in targets if target != "cuda"]
        return move(model, *others) if others else model

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (major, 0))
    monkeypatch.setattr(PreTrainedModel, "to", moved_nowhere)


def _load(model_dir: Path) -> torch.nn.Module:
    model, _ = load_pretrained(model_dir, "AutoModelForCausalLM")
    return cast(torch.nn.Module, model)


def _dtypes(model_dir: Path) -> set[torch.dtype]:
    return {parameter.dtype for parameter in _load(model_dir).parameters()}


@pytest.mark.parametrize(
    ("major", "dtype"), [(7, torch.float32), (8, torch.bfloat16), (9, torch.bfloat16)]
)
def test_a_gpu_serves_in_what_its_generation_multiplies(
    monkeypatch: pytest.MonkeyPatch, llama: Path, major: int, dtype: torch.dtype
) -> None:
    claim_gpu(monkeypatch, major)
    assert _dtypes(llama) == {dtype}


def test_a_model_saved_in_half_precision_is_served_in_float32_on_a_cpu(
    llama: Path, tmp_path: Path
) -> None:
    for path in llama.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    AutoModelForCausalLM.from_pretrained(llama).to(torch.bfloat16).save_pretrained(
        tmp_path
    )
    assert _dtypes(tmp_path) == {torch.float32}


def test_rotary_frequencies_keep_their_precision_in_bfloat16(
    monkeypatch: pytest.MonkeyPatch, llama: Path
) -> None:
    expected = AutoModelForCausalLM.from_pretrained(llama).model.rotary_emb.inv_freq
    claim_gpu(monkeypatch, 8)
    frequencies = dict(_load(llama).named_buffers())["model.rotary_emb.inv_freq"]
    assert frequencies.dtype == torch.float32
    assert torch.equal(frequencies, expected)


def test_a_number_is_not_rounded_to_the_three_digits_of_bfloat16(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build_model(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(
        tmp_path, num_labels=1, ignore_mismatched_sizes=True
    )
    torch.nn.init.zeros_(model.classifier.weight)
    torch.nn.init.constant_(model.classifier.bias, YEAR)
    model.save_pretrained(tmp_path)
    claim_gpu(monkeypatch, 8)
    (answer,) = text_classification.load(tmp_path).predict([Text("a film")])
    np.testing.assert_allclose(answer.values, [YEAR], rtol=1e-6)


def test_a_folder_with_only_the_tokenizer_of_sentencepiece_is_served(
    tmp_path: Path,
) -> None:
    folder = tiny_models.build_t5(tmp_path / "t5")
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS),
        model_prefix=str(folder / "spiece"),
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    writer = seq2seq.load(folder, "text2text-generation")
    ids = writer.tokenizer(TEXTS[0])["input_ids"]
    assert writer.tokenizer.decode(ids, skip_special_tokens=True) == TEXTS[0]
    (answer,) = writer(TEXTS[0], max_new_tokens=4)
    assert isinstance(answer["generated_text"], str)
