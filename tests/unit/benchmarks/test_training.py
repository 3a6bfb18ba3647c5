from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import training_peers
from benchmarks.training import TrainingRun, table
from benchmarks.training_peers import Trial


def test_the_table_compares_medians_with_ours() -> None:
    runs = {
        "dynamic": [
            TrainingRun(100, 10, 16, 0.75, 900),
            TrainingRun(100, 20, 12, 0.77, 1100),
            TrainingRun(100, 5, 20, 0.8, 1000),
        ],
        "ours": [TrainingRun(100, 4, 8, 0.8, 1500)],
        "tutorial": [TrainingRun(32, 32, 64, None, 2000)],
    }
    assert list(table(runs))[1:] == [
        "| dynamic | 10.0 | 160.0 | 2.50 | 2.00 | 0.773 (0.750 to 0.800) | 1,000 MB |",
        "| ours | 25.0 | 80.0 | 1.00 | 1.00 | 0.800 | 1,500 MB |",
        "| tutorial | 1.0 | 2000.0 | 25.00 | 25.00 | - | 2,000 MB |",
    ]


def test_without_ours_there_is_nothing_to_compare_with() -> None:
    assert list(table({"bare": [TrainingRun(100, 4, 8, 0.8, 1500)]}))[1:] == [
        "| bare | 25.0 | 80.0 |  |  | 0.800 | 1,500 MB |"
    ]


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
    written = (Path(channels["SM_CHANNEL_TRAIN"]) / "rows.jsonl").read_text("utf-8").splitlines()
    assert [(row["text"], row["label"]) for row in map(json.loads, written)] == list(trial.split()[0])
