from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertModel

from benchmarks import training_peers
from benchmarks.training_peers import BATCH, WAYS, Trial
from tests.integration.training.running import as_a_process
from tests.tiny_model import TEXTS, bert_config, bert_tokenizer


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A base model with room for a tutorial's 512 tokens, and few rows to judge by."""
    tokenizer = bert_tokenizer(TEXTS)
    config = bert_config(tokenizer)
    config.max_position_embeddings = 512
    torch.manual_seed(0)
    BertModel(config).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    monkeypatch.setattr(
        training_peers, "packaged_base_model", lambda: tmp_path / "base"
    )
    monkeypatch.setattr(training_peers, "TEST_ROWS", 16)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize(
    "way",
    [
        "tutorial",
        "ours-frozen",
        *(
            pytest.param(way, marks=pytest.mark.slow)
            for way in ("run_glue", "dynamic", "bare")
        ),
    ],
)
def test_every_way_trains_the_rows_of_the_trial(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        WAYS, "ours-frozen", lambda trial: training_peers.ours(trial, freeze_layers=1)
    )
    with as_a_process():
        answer = WAYS[way](Trial(BATCH + 8, 2, 0, tmp_path))
    assert answer.rows == (BATCH if way == "tutorial" else 2 * (BATCH + 8))
    assert min(answer.seconds, answer.cpu_seconds) > 0
    assert (
        answer.accuracy is None
        if way == "tutorial"
        else 0 <= (answer.accuracy or 0) <= 1
    )
