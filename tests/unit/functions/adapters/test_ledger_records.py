from __future__ import annotations

import pytest

from contracts.model_record import Drop
from contracts.run_record import RunStatus, Training
from functions.adapters.ledger import Ledger, UnknownRunError
from tests.unit.functions.adapters.claims import (
    FIRST,
    RUN,
)


def test_runs_are_listed_newest_first_and_by_model(ledger: Ledger) -> None:
    for index in range(3):
        ledger.end(
            ledger.claim(Drop("reviews", str(index) * 64, "v"), f"e{index}").run,
            RunStatus.FAILED,
        )
    news = ledger.claim(Drop("news", "c" * 64, "v"), "e").run
    assert ledger.runs(limit=1)[0].run == news
    assert [run.fingerprint[0] for run in ledger.runs(limit=2, model="reviews")] == [
        "2",
        "1",
    ]


def test_a_list_of_runs_goes_on_behind_the_last_one(ledger: Ledger) -> None:
    for index in range(4):
        model = "reviews" if index % 2 else "news"
        claim = ledger.claim(Drop(model, str(index) * 64, "v"), f"e{index}")
        ledger.end(claim.run, RunStatus.FAILED)
    runs = ledger.runs()
    after = (runs[1].started_at, runs[1].run)
    assert [run.run for run in ledger.runs(after=after)] == [
        run.run for run in runs[2:]
    ]
    assert len({run.started_at for run in runs}) == 4
    (rest,) = ledger.runs(model=runs[3].model, after=after)
    assert rest.run == runs[3].run


def test_models_are_listed_by_name(ledger: Ledger) -> None:
    for name in ("b", "a", "ü"):
        ledger.claim(Drop(name, "a" * 64, "v"), name)
    assert [model.model for model in ledger.models()] == ["a", "b", "ü"]


def test_claimed_names_the_last_run_over_a_fingerprint(ledger: Ledger) -> None:
    assert ledger.claiming_run("reviews", FIRST.fingerprint) is None
    ledger.claim(FIRST, "e1")
    assert ledger.claiming_run("reviews", FIRST.fingerprint) == RUN


@pytest.mark.parametrize("name", ["x" * 2100, "ß" * 1050])
def test_a_name_that_no_key_can_hold_is_unknown(ledger: Ledger, name: str) -> None:
    assert ledger.find_run(name) is None
    assert ledger.find_model(name) is None


def test_nothing_is_recorded_about_an_unknown_run(ledger: Ledger) -> None:
    with pytest.raises(UnknownRunError, match="run 'ghost' is not in the ledger"):
        ledger.record("ghost", RunStatus.TRAINING)
    assert ledger.find_run("ghost") is None


def test_numbers_come_back_as_they_went_and_nan_as_none(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    metrics = {"accuracy": 0.8125, "rows": 800.0, "loss": float("nan"), "ä": 1e-05}
    ledger.record(run, training=Training(job="j", metrics=metrics))
    assert ledger.get_run(run).training.metrics == metrics | {"loss": None}
