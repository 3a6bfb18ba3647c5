from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from contracts.run_record import Claim, ClaimOutcome, Drop, Failure, RunStatus, Training
from functions.adapters.ledger import Ledger, LedgerConflictError, UnknownRunError
from functions.common.names import resource_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

FIRST = Drop("reviews", "a" * 64, "v1")
AGAIN = Drop("reviews", "a" * 64, "v2")
OTHER = Drop("reviews", "b" * 64, "v1")
RUN = "reviews-aaaaaaaaaa"


def failure(cause: str) -> Failure:
    return Failure(step="train", cause=cause, remedy="Do.", log_tail=())


def steps(ledger: Ledger, run: str) -> list[str]:
    return [step["step"] for step in ledger.get_run(run).write()["steps"]]


def release(ledger: Ledger, drop: Drop, execution: str) -> str:
    run = ledger.claim(drop, execution).run
    ledger.promote(run)
    return run


def test_a_claim_makes_a_run_and_locks_its_model(ledger: Ledger) -> None:
    assert ledger.claim(FIRST, "e1") == Claim(ClaimOutcome.CLAIMED, RUN)
    run, model = ledger.get_run(RUN), ledger.find_model("reviews")
    assert (run.status, run.attempt, run.execution, steps(ledger, RUN)) == (
        "inspecting",
        1,
        "e1",
        ["inspecting"],
    )
    assert model is not None
    assert (model.active_run, model.endpoint) == (
        RUN,
        resource_name("traindrop", "reviews"),
    )
    assert not {"pk", "sk", "kind", "sort"} & {*run.write(), *model.write()}


def test_five_claims_at_once_give_one_run(table: Table) -> None:
    def claim(execution: str) -> Claim:
        return Ledger(table, "traindrop").claim(FIRST, execution)

    with ThreadPoolExecutor(5) as pool:
        claims = list(pool.map(claim, [f"e{i}" for i in range(5)]))
    assert sorted(claim.outcome for claim in claims) == ["claimed"] + ["duplicate"] * 4
    assert {claim.run for claim in claims} == {RUN}
    assert len(Ledger(table, "traindrop").runs()) == 1


def test_claims_of_different_drops_of_one_model_at_once_give_one_run(
    table: Table,
) -> None:
    drops = [Drop("reviews", letter * 64, "v1") for letter in "abcde"]
    with ThreadPoolExecutor(5) as pool:
        claims = list(
            pool.map(
                lambda drop: Ledger(table, "traindrop").claim(drop, drop.fingerprint),
                drops,
            )
        )
    assert sorted(claim.outcome for claim in claims) == ["busy"] * 4 + ["claimed"]


def test_the_same_execution_gets_its_run_back(ledger: Ledger) -> None:
    assert ledger.claim(FIRST, "e1") == ledger.claim(FIRST, "e1")


def test_another_drop_of_a_model_waits_for_its_run(ledger: Ledger) -> None:
    ledger.claim(FIRST, "e1")
    assert ledger.claim(OTHER, "e2") == Claim(ClaimOutcome.BUSY, RUN)


def test_models_do_not_wait_for_each_other(ledger: Ledger) -> None:
    ledger.claim(FIRST, "e1")
    assert ledger.claim(Drop("news", "a" * 64, "v1"), "e2").outcome == "claimed"


def test_an_end_frees_the_model(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    assert ledger.end(run, RunStatus.FAILED) is True
    assert ledger.claim(OTHER, "e2").outcome == "claimed"
    assert ledger.get_run(run).ended_at


def test_an_end_does_not_free_a_lock_of_another_run(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED)
    other = ledger.claim(OTHER, "e2").run
    assert ledger.end(run, RunStatus.FAILED) is False
    assert ledger.claim(FIRST, "e3") == Claim(ClaimOutcome.DUPLICATE, run)
    assert ledger.claim(AGAIN, "e3") == Claim(ClaimOutcome.BUSY, other)


def test_a_late_event_of_a_failed_drop_is_a_duplicate(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED)
    assert ledger.claim(FIRST, "e2") == Claim(ClaimOutcome.DUPLICATE, run)


def test_the_same_bytes_dropped_again_after_a_failure_are_a_new_attempt(
    ledger: Ledger,
) -> None:
    ledger.end(ledger.claim(FIRST, "e1").run, RunStatus.FAILED)
    assert ledger.claim(AGAIN, "e2") == Claim(ClaimOutcome.CLAIMED, f"{RUN}-2")
    assert ledger.get_run(f"{RUN}-2").write()["attempt"] == 2
    ledger.end(f"{RUN}-2", RunStatus.FAILED)
    assert ledger.claim(Drop("reviews", "a" * 64, "v3"), "e3") == Claim(
        ClaimOutcome.CLAIMED, f"{RUN}-3"
    )


def test_the_champions_bytes_dropped_again_are_a_duplicate(ledger: Ledger) -> None:
    run = release(ledger, FIRST, "e1")
    assert ledger.claim(AGAIN, "e2") == Claim(ClaimOutcome.DUPLICATE, run)


def test_a_promoted_run_is_champion_and_frees_its_model(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(
        run,
        RunStatus.TRAINING,
        task="text-classification",
        deployment={"mode": "serverless"},
    )
    assert ledger.promote(run) is None
    model = ledger.find_model("reviews")
    assert model is not None
    assert (model.champion, model.task, model.mode) == (
        run,
        "text-classification",
        "serverless",
    )
    assert model.active_run is None
    assert ledger.get_run(run).write()["status"] == "live"
    assert steps(ledger, run) == ["inspecting", "training", "live"]


@pytest.mark.parametrize(
    ("facts", "custom"), [({"hooks": ["predict_fn"]}, True), ({}, False)]
)
def test_a_model_with_code_of_its_own_is_known_as_such(
    ledger: Ledger, facts: dict[str, Any], custom: bool
) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(run, RunStatus.DEPLOYING, task="text-classification", **facts)
    ledger.promote(run)
    model = ledger.find_model("reviews")
    assert model is not None
    assert model.custom is custom


def test_promoting_twice_changes_nothing(ledger: Ledger) -> None:
    first = release(ledger, FIRST, "e1")
    second = ledger.claim(OTHER, "e2").run
    assert ledger.promote(second) == first
    assert ledger.promote(second) == first
    assert (steps(ledger, first)[-2:], steps(ledger, second)[-1:]) == (
        ["live", "superseded"],
        ["live"],
    )
    assert len(steps(ledger, first)) == 3


def test_a_run_that_lost_its_model_is_not_promoted(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED)
    with pytest.raises(
        LedgerConflictError, match=f"run '{run}' no longer holds model 'reviews'"
    ):
        ledger.promote(run)
    assert ledger.get_run(run).write()["status"] == "failed"


def test_an_ended_run_is_not_brought_back_by_a_late_writer(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED, failure=failure("first"))
    ledger.record(run, RunStatus.TRAINING, training=Training(seconds=1.5))
    assert ledger.end(run, RunStatus.STOPPED, failure=failure("second")) is False
    record = ledger.get_run(run)
    assert record.status == "failed"
    assert record.failure == failure("first")
    assert record.training == Training(seconds=1.5)


def test_a_status_recorded_twice_is_one_step(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(run, RunStatus.TRAINING)
    ledger.record(run, RunStatus.TRAINING, training=Training(job="j"))
    assert steps(ledger, run) == ["inspecting", "training"]
    assert ledger.get_run(run).write()["training"] == {"job": "j"}


def test_numbers_come_back_as_they_went_and_nan_as_none(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    metrics = {"accuracy": 0.8125, "rows": 800.0, "loss": float("nan"), "ä": 1e-05}
    ledger.record(run, training=Training(job="j", metrics=metrics))
    assert ledger.get_run(run).training.metrics == metrics | {"loss": None}


def test_nothing_is_recorded_about_an_unknown_run(ledger: Ledger) -> None:
    with pytest.raises(UnknownRunError, match="run 'ghost' is not in the ledger"):
        ledger.record("ghost", RunStatus.TRAINING)
    assert ledger.find_run("ghost") is None


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


def test_models_are_listed_by_name(ledger: Ledger) -> None:
    for name in ("b", "a", "ü"):
        ledger.claim(Drop(name, "a" * 64, "v"), name)
    assert [model.model for model in ledger.models()] == ["a", "b", "ü"]


def test_claimed_names_the_last_run_over_a_fingerprint(ledger: Ledger) -> None:
    assert ledger.claiming_run("reviews", FIRST.fingerprint) is None
    ledger.claim(FIRST, "e1")
    assert ledger.claiming_run("reviews", FIRST.fingerprint) == RUN


def test_a_retired_champion_can_be_dropped_anew(ledger: Ledger) -> None:
    run = release(ledger, FIRST, "e1")
    ledger.retire_champion("reviews")
    model = ledger.find_model("reviews")
    assert model is not None
    assert model.champion is None
    assert ledger.get_run(run).write()["status"] == "superseded"
    assert ledger.claim(AGAIN, "e2").outcome == "claimed"


@pytest.mark.parametrize("name", ["x" * 2100, "ß" * 1050])
def test_a_name_that_no_key_can_hold_is_unknown(ledger: Ledger, name: str) -> None:
    assert ledger.find_run(name) is None
    assert ledger.find_model(name) is None
