"""The rows of the status command."""

from __future__ import annotations

from localcloud.status import model_row, run_row
from tests.unit.localcloud.runs import a_run, after


def test_a_model_is_shown_with_its_first_two_metrics() -> None:
    metrics = {"accuracy": 0.8, "macro_f1": 0.75, "loss": 0.4}
    model = {
        "model": "m",
        "status": "InService",
        "champion": "r-1",
        "endpoint": "e",
        "metrics": metrics,
    }
    assert model_row(model) == (
        "m",
        "InService",
        "r-1",
        "e",
        "accuracy 0.800, macro f1 0.750",
    )


def test_a_model_without_a_release_has_empty_cells() -> None:
    assert model_row({"model": "m", "status": "none", "champion": None}) == (
        "m",
        "none",
        "",
        "",
        "",
    )


def test_a_run_is_shown_with_the_time_in_its_state_and_its_progress() -> None:
    run = a_run("live", ended_at=after(60), training={"phase": "Completed"})
    assert run_row(run) == ("r-1", "m", "live", "0.0 s", "Completed")
