from __future__ import annotations

from contracts.model_record import Claim, ClaimOutcome, Drop
from contracts.run_record import RunStatus
from functions.adapters.ledger import Ledger
from functions.common.names import resource_name
from tests.unit.functions.adapters.claims import (
    AGAIN,
    FIRST,
    OTHER,
    RUN,
    release,
    steps,
)


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


def test_the_same_execution_gets_its_run_back(ledger: Ledger) -> None:
    assert ledger.claim(FIRST, "e1") == ledger.claim(FIRST, "e1")


def test_another_drop_of_a_model_waits_for_its_run(ledger: Ledger) -> None:
    ledger.claim(FIRST, "e1")
    assert ledger.claim(OTHER, "e2") == Claim(ClaimOutcome.BUSY, RUN)


def test_models_do_not_wait_for_each_other(ledger: Ledger) -> None:
    ledger.claim(FIRST, "e1")
    assert ledger.claim(Drop("news", "a" * 64, "v1"), "e2").outcome == "claimed"


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
