from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from tasks.progress import metric_definitions
from training.arguments import resolve
from training.errors import DivergedError
from training.fine_tuning import Plan
from training.progress import Losses, Progress


@pytest.mark.parametrize(
    ("rows", "given", "plan"),
    [
        (3200, {"epochs": 1, "min_steps": 100}, Plan(1, 100)),
        (1600, {"epochs": 1, "min_steps": 100}, Plan(2, 100)),
        (128, {"epochs": 1, "min_steps": 100}, Plan(20, 80)),
        (128, {"epochs": 1, "min_steps": 0}, Plan(1, 4)),
        (128, {"epochs": 30, "min_steps": 100}, Plan(30, 120)),
        (3200, {"epochs": 0.5}, Plan(0.5, 50)),
    ],
)
def test_small_sets_are_passed_over_more_often(rows: int, given: dict[str, float], plan: Plan) -> None:
    assert Plan.of(resolve({**given, "train_batch_size": 32}, {}), rows, 1) == plan


def test_processes_share_the_steps() -> None:
    assert Plan.of(resolve({"train_batch_size": 32}, {}), 3200, 4) == Plan(1, 25)


def test_the_loss_is_the_mean_since_the_last_report() -> None:
    losses = Losses()
    losses.add(torch.tensor(1.0))
    losses.add(torch.tensor(2.0))
    assert losses.take() == 1.5
    assert losses.take() is None


def test_a_loss_that_is_no_number_stops_the_job() -> None:
    losses = Losses()
    losses.add(torch.tensor(float("nan")))
    with pytest.raises(DivergedError) as raised:
        losses.take()
    assert str(raised.value) == (
        "the training diverged: expected a finite loss; found nan. Lower learning_rate (a tenth of it is a good next "
        "try) or raise warmup_ratio."
    )


def test_progress_prints_every_name_of_the_task(capsys: pytest.CaptureFixture[str]) -> None:
    from tasks import get_task  # noqa: PLC0415

    losses = Losses()
    progress = Progress(losses, rows_a_step=32, interval=0)
    state = SimpleNamespace(global_step=0, max_steps=10, epoch=0.5)
    progress.on_train_begin(None, state, None)
    losses.add(torch.tensor(0.25))
    state.global_step = 5
    progress.on_step_end(None, state, None, lr_scheduler=SimpleNamespace(get_last_lr=lambda: [1e-4]))
    line = capsys.readouterr().out.strip()
    names = get_task("text-classification").progress
    assert [part.partition("=")[0] for part in line.split()[1:]] == list(names)
    assert len(metric_definitions(names)) == len(names)
