from __future__ import annotations

import json

import pytest

from contracts.run_record import RunStatus
from functions.judge import gate
from functions.notify.messages import (
    LOG_HINT,
    body,
    curl_command,
    detail,
    subject,
)
from tests.unit.functions.fakes import MemoryLedger
from tests.unit.functions.notify.kept import API, GATE, KEPT
from tests.unit.functions.specs import RUN, evaluation_object


def test_a_rejected_run_is_told_with_rows_and_remedies(ledger: MemoryLedger) -> None:
    problem = {
        "message": "all.csv, row 17, column 'label': expected a label; found an empty cell. Fill it in."
    }
    run = ledger.add(RUN, status="rejected", problems=[problem] * 30, problem_count=120)
    text = body(run, API)
    assert "Problems found: 120. Nothing was trained." in text
    assert (
        "- all.csv, row 17, column 'label': expected a label; found an empty cell. Fill it in."
    ) in text
    assert "… and 100 more." in text


def test_a_failed_run_is_told_with_cause_and_remedy_but_no_lines_of_its_log(
    ledger: MemoryLedger,
) -> None:
    failure = {
        "step": "train",
        "cause": "Out.",
        "remedy": "Do.",
        "log_tail": ["SECRET ROW"],
        "leftovers": ["x: busy"],
    }
    text = body(ledger.add(RUN, status="failed", failure=failure), "")
    assert f"Step: train\nCause: Out.\nWhat to do: Do.\n{LOG_HINT}\n" in text
    assert "SECRET ROW" not in text
    assert "Not removed yet, tried again regularly:\n  x: busy" in text


def test_a_model_that_was_not_good_enough_is_told_with_the_reason(
    ledger: MemoryLedger,
) -> None:
    worse = evaluation_object(0.4)
    kept = gate.summary(worse, GATE, gate.decide(worse, GATE))
    text = body(ledger.add(RUN, status="kept back", evaluation=kept), API)
    assert "was trained but is not good enough." in text
    assert "accuracy 0.4000 on 1,200 held-out rows does not beat 0.5000" in text
    assert "curl" not in text


def test_the_live_model_stands_beside_the_new_one(ledger: MemoryLedger) -> None:
    live = {
        "run": "reviews-1",
        "name": "the live model (reviews-1)",
        "metrics": {"accuracy": 0.9},
    }
    difference = {"trivial": None, "reference": None, "champion": [-0.15, -0.05]}
    intervals = {
        "model": {},
        "trivial": None,
        "reference": None,
        "champion": None,
        "difference": difference,
    }
    worse = evaluation_object(champion=live, intervals=intervals)
    kept = gate.summary(worse, GATE, gate.decide(worse, GATE))
    text = body(ledger.add(RUN, status="kept back", evaluation=kept), API)
    assert (
        "accuracy 0.8000 is worse than 0.9000 of the live model (reviews-1) on the same rows"
        in text
    )
    assert "  the live model (reviews-1): accuracy 0.9000" in text


@pytest.mark.parametrize(
    "status", ["live", "superseded", "kept back", "rejected", "failed", "stopped"]
)
def test_every_ending_has_a_message(status: RunStatus, ledger: MemoryLedger) -> None:
    run = ledger.add(RUN, model="ä" * 120, status=status)
    assert len(subject(run)) <= 100
    assert subject(run).isascii()
    assert f"Run: {RUN}" in body(run, API)


def test_the_call_survives_a_shell(ledger: MemoryLedger) -> None:
    command = curl_command(
        ledger.add(RUN, model="it's", task="text-classification"), API
    )
    assert f"{API}/models/it%27s/predict" in command
    assert json.dumps({"inputs": "This is a sentence to classify."}) in command


def test_the_mail_begins_its_numbers_with_the_sentence_for_people(
    ledger: MemoryLedger,
) -> None:
    text = body(ledger.add(RUN, status="live", evaluation=KEPT), API)
    assert "About 80 of 100 new texts get the right label.\naccuracy 0.8000 on" in text
    assert (
        "\nNext: negative: 400 of 600 right, only 40 training rows: add about 60.\n"
        in text
    )


APPROVAL = {
    "requested_at": "2026-11-01T10:00:00.000+00:00",
    "until": "2026-11-08T10:00:00.000+00:00",
    "champion": "reviews-9",
}


def test_a_run_that_waits_for_approval_is_told_with_what_may_be_said(
    ledger: MemoryLedger,
) -> None:
    report = f"/runs/{RUN}/report"
    run = ledger.add(RUN, status="kept back", approval=APPROVAL, report=report)
    assert subject(run) == "Traindrop: reviews waits for your approval"
    text = body(run, API)
    assert "It goes live in the place of reviews-9 once somebody approves it" in text
    assert f"until {APPROVAL['until']}" in text
    for action in ("approve", "reject"):
        assert f"{action}: curl -X POST {API}/runs/{RUN}/{action} -H" in text
    assert f"Its report: GET {API}{report}" in text
    assert detail(run)["approval_until"] == APPROVAL["until"]
    assert "curl" not in body(run, "")


def test_a_rejected_approval_is_told_as_kept_back(ledger: MemoryLedger) -> None:
    rejected = APPROVAL | {"decision": "rejected", "decided_at": "t"}
    run = ledger.add(RUN, status="kept back", approval=rejected)
    assert "approval" not in subject(run)
    assert "approval_until" not in detail(run)


def test_a_rollback_is_told_with_the_release_that_it_replaced(
    ledger: MemoryLedger,
) -> None:
    promotion = {"kind": "rollback", "at": "t"}
    live = ledger.add(RUN, status="live", promotion=promotion, replaced="reviews-9")
    sentence = "It was put live again by a rollback in the place of reviews-9."
    assert sentence in body(live, API)
    assert (detail(live)["promotion"], detail(live)["replaced"]) == (
        "rollback",
        "reviews-9",
    )


def test_a_failed_rollback_is_told_as_one(ledger: MemoryLedger) -> None:
    failure = {"step": "verify", "cause": "Wrong.", "remedy": "Do."}
    promotion = {"kind": "rollback", "at": "t"}
    run = ledger.add(RUN, status="failed", promotion=promotion, failure=failure)
    assert "Somebody had asked for its rollback; what was live before still is." in (
        body(run, API)
    )
