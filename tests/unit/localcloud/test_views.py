"""The plain view: a line a change, not a line a poll."""

from __future__ import annotations

from localcloud.views import PROGRESS_SECONDS, PlainView
from tests.unit.localcloud.runs import a_run, after


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def training(step: int, **more: float) -> dict[str, object]:
    return {"phase": "Training", "metrics": {"step": step, **more}}


def test_each_state_is_written_once_with_the_time_of_the_one_before() -> None:
    lines: list[str] = []
    view = PlainView(lines.append)
    for _ in range(3):
        view.show(a_run())
    view.show(a_run("live", ended_at=after(60)))
    assert lines == [
        "r-1: inspecting",
        "r-1: training (inspecting took 3.2 s)",
        "r-1: live (training took 57 s)",
    ]


def test_what_a_run_is_expected_to_cost_is_written_once() -> None:
    lines: list[str] = []
    view = PlainView(lines.append)
    for _ in range(2):
        view.show(a_run(estimate={"made_at": after(3), "sentence": "Training: …"}))
    assert lines[2:] == ["  estimated at AWS's prices: Training: …"]


def test_progress_is_written_when_it_changed_and_some_time_has_passed() -> None:
    lines: list[str] = []
    clock = Clock()
    view = PlainView(lines.append, clock)
    for step in (1, 2, 2, 3):
        view.show(a_run(training=training(step)))
        clock.now += PROGRESS_SECONDS / 2
    assert lines[2:] == ["  Training: step 1", "  Training: step 2"]


def test_an_evaluation_is_written_at_once() -> None:
    lines: list[str] = []
    view = PlainView(lines.append, Clock())
    view.show(a_run(training=training(1)))
    view.show(a_run(training=training(1, eval_accuracy=0.8)))
    assert lines[-1] == "  Training: step 1, accuracy 0.800"
