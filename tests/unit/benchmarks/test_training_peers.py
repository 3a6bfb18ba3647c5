from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import training_peers
from benchmarks.training_peers import Trial


def test_a_seed_draws_rows_that_do_not_meet(tmp_path: Path) -> None:
    train, test = Trial(64, 1, 3, tmp_path).split()
    assert (len(train), len(test)) == (64, training_peers.TEST_ROWS)
    assert not {text for text, _ in train} & {text for text, _ in test}
    assert train == Trial(64, 1, 3, tmp_path).split()[0]
    assert train != Trial(64, 1, 4, tmp_path).split()[0]


@pytest.mark.parametrize("step", range(21))
def test_the_learning_rate_rises_and_falls_as_the_trainers_does(step: int) -> None:
    from torch import nn, optim  # noqa: PLC0415
    from transformers import get_linear_schedule_with_warmup  # noqa: PLC0415

    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    factor = get_linear_schedule_with_warmup(optimizer, 2, 20).lr_lambdas[0](step)
    assert training_peers._rate_factor(step, 20) == pytest.approx(factor)


def test_the_jobs_channels_hold_the_rows_of_the_trial(tmp_path: Path) -> None:
    trial = Trial(8, 1, 0, tmp_path)
    channels = training_peers._channels(trial)
    written = (
        (Path(channels["SM_CHANNEL_TRAIN"]) / "rows.jsonl")
        .read_text("utf-8")
        .splitlines()
    )
    assert [(row["text"], row["label"]) for row in map(json.loads, written)] == list(
        trial.split()[0]
    )
