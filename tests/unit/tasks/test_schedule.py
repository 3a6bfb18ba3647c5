from __future__ import annotations

import pytest

from tasks.hyperparameters import Hyperparameters
from tasks.schedule import Schedule


@pytest.mark.parametrize(
    ("rows", "settings", "schedule"),
    [
        (3200, {"epochs": 1, "min_steps": 100}, Schedule(1, 100)),
        (1600, {"epochs": 1, "min_steps": 100}, Schedule(2, 100)),
        (128, {"epochs": 1, "min_steps": 100}, Schedule(20, 80)),
        (128, {"epochs": 1, "min_steps": 0}, Schedule(1, 4)),
        (128, {"epochs": 30, "min_steps": 100}, Schedule(30, 120)),
        (3200, {"epochs": 0.5}, Schedule(0.5, 50)),
        (3200, {"epochs": 3, "min_steps": 100, "max_steps": 50}, Schedule(0.5, 50)),
        (3200, {"epochs": 3, "max_steps": -1}, Schedule(3, 300)),
    ],
)
def test_small_sets_are_passed_over_more_often(
    rows: int, settings: dict[str, float], schedule: Schedule
) -> None:
    assert (
        Schedule.of(
            Hyperparameters.resolve({**settings, "train_batch_size": 32}, {}), rows, 1
        )
        == schedule
    )


def test_processes_share_the_steps() -> None:
    assert Schedule.of(
        Hyperparameters.resolve({"train_batch_size": 32}, {}), 3200, 4
    ) == Schedule(1, 25)
