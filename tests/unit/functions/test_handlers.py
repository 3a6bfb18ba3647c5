"""Every handler as Lambda calls it: event in, outcome out, adapters from the clients."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.arrival import MAX_TRIES
from contracts.run_record import RunStatus
from functions.adapters import clients
from functions.arrive.handler import arrive, next_drop
from functions.common.names import resource_name
from functions.common.settings import Settings
from functions.deploy.handler import (
    check_endpoint,
    create_model,
    deploy,
    promote,
    retire,
    verify,
)
from functions.explain.handler import explain
from functions.judge.handler import judge
from functions.notify.handler import notify
from functions.sweep.handler import sweep
from functions.train.handler import check_training, start_training
from tests.unit.functions.api.client import Context
from tests.unit.functions.arrive.queue import message
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    MemoryWorkflow,
    Outbox,
    arrivals,
)
from tests.unit.functions.judge.evaluations import OUTPUT, archive
from tests.unit.functions.specs import RUN, evaluation

ANSWER = [{"label": "positive", "score": 0.9}]
VERIFICATION = {
    "tolerance": 0.02,
    "rows": [{"request": {"inputs": "x"}, "response": ANSWER}],
}
MADE = (
    "settings",
    "session",
    "ledger",
    "arrivals",
    "storage",
    "sagemaker",
    "runtime",
    "patient_runtime",
    "logs",
    "notifications",
    "workflow",
)


@pytest.fixture
def outbox(
    monkeypatch: pytest.MonkeyPatch,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> Outbox:
    outbox = Outbox()
    adapters: dict[str, Any] = {
        "settings": Settings(
            STACK,
            "data",
            "table",
            execution_role_arn="r",
            training_image="t",
            serving_image="s",
        ),
        "ledger": ledger,
        "arrivals": arrivals(),
        "storage": storage,
        "sagemaker": sagemaker,
        "runtime": AnsweringRuntime(ANSWER),
        "patient_runtime": AnsweringRuntime(ANSWER),
        "logs": MemoryLogs(),
        "notifications": outbox,
        "workflow": MemoryWorkflow(),
    }
    for name, adapter in adapters.items():
        monkeypatch.setattr(clients, name, lambda adapter=adapter: adapter)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return outbox


def called(handler: Any, **event: Any) -> dict[str, Any]:
    result: dict[str, Any] = handler(event, Context())
    return result


def test_a_run_goes_from_training_to_live(
    outbox: Outbox,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> None:
    ledger.add(RUN)
    ledger.add("reviews-old", status="live")
    assert called(start_training, run=RUN, waited_seconds=0) == {"outcome": "started"}
    job = ledger.get_run(RUN).write()["training"]["job"]
    sagemaker.add_job(
        job, "Completed", ModelArtifacts={"S3ModelArtifacts": "s3://data/model.tar.gz"}
    )
    assert called(check_training, run=RUN)["outcome"] == "completed"
    storage.objects[OUTPUT.replace("/j/", f"/{job}/")] = archive(
        evaluation=evaluation(), verification=VERIFICATION
    )
    assert called(judge, run=RUN) == {"outcome": "promote"}
    assert called(create_model, run=RUN) == {"outcome": "created"}
    assert called(deploy, run=RUN) == {"outcome": "deploying"}
    sagemaker.add_endpoint(resource_name(STACK, "reviews"), resource_name(STACK, RUN))
    assert called(check_endpoint, run=RUN)["outcome"] == "live"
    assert called(verify, run=RUN) == {"outcome": "verified"}
    assert called(promote, run=RUN) == {"outcome": "promoted", "grace": True}
    assert called(notify, run=RUN, ending="promoted") == {"outcome": "notified"}
    assert called(retire, run=RUN) == {"outcome": "retired", "removed": 0}
    assert [step["step"] for step in ledger.get_run(RUN).write()["steps"]] == [
        "inspecting",
        "training",
        "judging",
        "deploying",
        "verifying",
        "live",
    ]
    assert outbox.details[0]["status"] == "live"


def test_a_file_that_comes_behind_a_run_is_begun_after_it(
    outbox: Outbox, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, status="training")
    answer = called(arrive, Records=[message("datasets/reviews/a.csv")])
    assert (answer["outcome"], answer["started"]) == ("noted", 0)
    assert answer["batchItemFailures"] == []
    ledger.end(RUN, RunStatus.FAILED)
    assert called(next_drop, run=RUN) == {"outcome": "checked", "started": 1}
    assert called(next_drop, run="") == {"outcome": "checked", "started": 0}


def test_the_state_between_the_functions_stays_small(
    outbox: Outbox, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, status="training", training={"job": "j"})
    answers = [
        called(explain, run=RUN, step="train", error="E", cause="x" * 2000),
        called(notify, run=RUN),
    ]
    assert all(len(json.dumps(answer)) < 200 for answer in answers)


def test_explain_names_the_run_it_found(outbox: Outbox, ledger: MemoryLedger) -> None:
    ledger.add(RUN)
    event = {
        "run": "",
        "key": "datasets/reviews/a.csv",
        "execution": f"execution-{RUN}",
        "step": "inspect",
    }
    assert called(explain, **event, error="Boom", cause="") == {
        "outcome": "cleaned",
        "run": RUN,
    }
    assert outbox.messages == []


def test_explain_tells_subscribers_where_there_is_no_run(outbox: Outbox) -> None:
    event = {
        "run": "",
        "key": "datasets/reviews/a.csv",
        "execution": "e",
        "step": "inspect",
        "error": "Boom",
    }
    assert called(explain, **event, cause="") == {"outcome": "cleaned"}
    assert called(notify, run="", ending="failed") == {"outcome": "notified"}
    assert len(outbox.messages) == 1


def test_sweep_takes_schedules_and_events_alike(outbox: Outbox) -> None:
    assert called(sweep)["outcome"] == "swept"
    assert (
        called(sweep, source="aws.states", detail={"status": "ABORTED"})["outcome"]
        == "swept"
    )


def test_logs_tell_names_and_numbers_but_no_contents(
    outbox: Outbox, ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.common.lambda_handler import logger  # noqa: PLC0415

    written = io.StringIO()
    monkeypatch.setattr(logger.handlers[0], "stream", written)
    ledger.add(RUN, status="training", training={"job": "j"})
    called(
        explain,
        run=RUN,
        step="train",
        error="ValueError",
        cause="the customer's secret text",
    )
    assert RUN in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "secret" not in written.getvalue()


@pytest.fixture
def fresh_wiring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    environment = {
        "STACK": STACK,
        "DATA_BUCKET": "data",
        "LEDGER_TABLE": "table",
        "STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:1:stateMachine:flow",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    monkeypatch.delenv("AWS_REGION", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    factories: list[Any] = [getattr(clients, name) for name in MADE]
    for factory in factories:
        factory.cache_clear()
    yield
    for factory in factories:
        factory.cache_clear()


@pytest.mark.usefixtures("fresh_wiring")
def test_the_wiring_makes_every_adapter_once() -> None:
    for name in MADE:
        factory = getattr(clients, name)
        assert factory() is factory()
    assert clients.region() == "eu-central-1"
    assert clients.settings().stack == STACK


def test_nobody_is_told_to_upload_again_what_is_tried_again(outbox: Outbox) -> None:
    key = "datasets/reviews/a.csv"
    notes = clients.arrivals()
    noted = notes.note("reviews", "datasets/reviews/", key, "2026-05-01T12:00:00Z")
    event = {"run": "", "key": key, "execution": "e", "step": "inspect", "error": "E"}
    for number in range(1, MAX_TRIES + 1):
        watched = notes.watch(noted, f"watcher-{number}")
        assert watched is not None
        noted = watched
        assert called(explain, **event, cause="") == {"outcome": "cleaned"}
        assert len(outbox.messages) == int(number == MAX_TRIES)
