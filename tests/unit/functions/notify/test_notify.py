from __future__ import annotations

import json
from datetime import timedelta

import pytest

from contracts.run_record import RunStatus
from contracts.spec import Gate
from functions.adapters.notifications import subject_line
from functions.judge import gate
from functions.notify.messages import LOG_HINT, body, curl_command, subject
from functions.notify.notify import notify
from tests.unit.functions.fakes import NOW, STAMP, MemoryLedger, Outbox, now
from tests.unit.functions.specs import RUN, evaluation_object

API = "https://api.example/live"
GATE = Gate(metric="accuracy")
KEPT = gate.summary(evaluation_object(), GATE, gate.decide(evaluation_object(), GATE))


def test_a_live_run_is_told_with_numbers_and_a_call(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(
        RUN,
        model="film reviews",
        status="live",
        task="text-classification",
        evaluation=KEPT,
    )
    assert notify(RUN, ledger, outbox, API) == {"outcome": "notified"}
    message = outbox.messages[0]
    assert message.subject == "Traindrop: film reviews is live"
    assert "  this model: accuracy 0.8000" in message.body
    assert "  trivial baseline (most frequent label): accuracy 0.5000" in message.body
    assert f"curl -X POST {API}/models/film%20reviews/predict" in message.body
    assert outbox.details == [
        {
            "run": RUN,
            "model": "film reviews",
            "status": "live",
            "task": "text-classification",
            "metric": "accuracy",
            "value": 0.8,
        }
    ]


def test_an_ending_is_told_once(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(
        RUN,
        status="failed",
        failure={"step": "train", "cause": "c", "remedy": "r", "log_tail": []},
    )
    notify(RUN, ledger, outbox, API)
    notify(RUN, ledger, outbox, API)
    assert (len(outbox.messages), len(outbox.details)) == (1, 1)


@pytest.mark.parametrize("refused", ["publish", "announce"])
def test_what_one_of_the_two_refuses_is_told_later_and_nothing_twice(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", ended_at=STAMP)
    monkeypatch.setattr(outbox, refused, _refuse)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="refused"):
            notify(RUN, ledger, outbox, API, now)
    assert ledger.get_run(RUN).notified is None
    monkeypatch.undo()
    notify(RUN, ledger, outbox, API, now)
    assert (len(outbox.messages), len(outbox.details)) == (1, 1)
    assert ledger.get_run(RUN).notified is RunStatus.LIVE


def test_what_could_not_be_told_for_a_day_is_given_up(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", ended_at=STAMP)
    monkeypatch.setattr(outbox, "announce", _refuse)
    notify(RUN, ledger, outbox, API, lambda: NOW + timedelta(hours=25))
    record = ledger.get_run(RUN)
    assert (record.notified, record.announced) == (RunStatus.LIVE, None)
    assert len(outbox.messages) == 1


def test_a_run_that_has_not_ended_is_not_told_of(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="verifying")
    notify(RUN, ledger, outbox, API)
    assert (outbox.messages, outbox.details) == ([], [])


def _refuse(*_: object) -> None:
    raise RuntimeError("refused")


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


def test_subjects_are_one_line_of_ascii() -> None:
    assert subject_line("Größe\nund\tmehr 日本") == "Groe und mehr"
    assert subject_line("日本") == "Traindrop"


def test_the_call_survives_a_shell(ledger: MemoryLedger) -> None:
    command = curl_command(
        ledger.add(RUN, model="it's", task="text-classification"), API
    )
    assert f"{API}/models/it%27s/predict" in command
    assert json.dumps({"inputs": "This is a sentence to classify."}) in command


def test_a_run_of_a_users_own_script_is_told_without_numbers(
    ledger: MemoryLedger,
) -> None:
    judged = evaluation_object(metric="", rows=0, model={}, baselines={}, labels=None)
    rule = Gate()
    kept = gate.summary(judged, rule, gate.decide(judged, rule))
    outbox = Outbox()
    ledger.add(
        RUN,
        status="live",
        task="",
        evaluation=kept,
        hooks=["transform_fn"],
        example={"reviews": ["fine"]},
    )
    notify(RUN, ledger, outbox, API)
    text = outbox.messages[0].body
    assert (
        "code/train.py trained it: there is no baseline of Traindrop's to compare it with."
        in text
    )
    assert """-d '{"reviews": ["fine"]}'""" in text
    assert "held-out rows" not in text


def test_a_deployed_archive_is_told_by_a_call_alone(ledger: MemoryLedger) -> None:
    outbox = Outbox()
    ledger.add(RUN, status="live", task="fill-mask")
    notify(RUN, ledger, outbox, API)
    assert f"curl -X POST {API}/models/reviews/predict" in outbox.messages[0].body


def test_the_mail_begins_its_numbers_with_the_sentence_for_people(
    ledger: MemoryLedger,
) -> None:
    text = body(ledger.add(RUN, status="live", evaluation=KEPT), API)
    assert "About 80 of 100 new texts get the right label.\naccuracy 0.8000 on" in text
    assert (
        "\nNext: negative: 400 of 600 right, only 40 training rows: add about 60.\n"
        in text
    )
