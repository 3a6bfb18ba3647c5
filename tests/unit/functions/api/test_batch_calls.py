"""Batches through the API: made, uploaded to, started, looked at, stopped and removed."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.batch import BatchRecord, BatchStatus
from functions.adapters import clients
from functions.api import batch_calls
from functions.common.names import batch_name
from tests.unit.functions.api.client import PREDICT_KEY, Client, live
from tests.unit.functions.fakes import STACK

BATCHES = "/models/{model}/batch"
BATCH = f"{BATCHES}/{{batch}}"


@pytest.fixture
def caller(call: Client) -> Client:
    """Who may predict."""
    live(call)
    call.key_id = PREDICT_KEY
    return call


def create(caller: Client, body: Any = None) -> tuple[int, Any]:
    status, answer, _ = caller("POST", BATCHES, body, model="reviews")
    return status, answer


def begin(caller: Client) -> BatchRecord:
    """A batch whose file is there, in progress."""
    caller.storage.drop("batches/rows.csv", b"text\na film\n")
    _, started = create(caller, {"input": "s3://data/batches/rows.csv"})
    record = clients.batches().find("reviews", started["batch"])
    assert record is not None
    return record


def test_a_batch_is_made_uploaded_to_and_started(caller: Client) -> None:
    status, made = create(caller)
    assert (status, made["status"]) == (201, "uploading")
    upload = made["upload"]
    assert upload["method"] == "PUT"
    address = urlsplit(upload["url"])
    assert address.path.endswith(f"batches/{made['batch']}/input")
    query = parse_qs(address.query)
    assert "X-Amz-Signature" in query or "Signature" in query
    names: Any = {"model": "reviews", "batch": made["batch"]}
    status, error, _ = caller.error("POST", f"{BATCH}/start", **names)
    assert (status, error["code"]) == (409, "no_file")
    caller.storage.drop(f"batches/{made['batch']}/input", b"text\na film\n")
    status, started, _ = caller("POST", f"{BATCH}/start", **names)
    assert (status, started["status"]) == (202, "preparing")
    workflow: Any = clients.batch_workflow()
    (event,) = workflow.started.values()
    assert event == {"model": "reviews", "batch": made["batch"], "attempt": 1}
    status, error, _ = caller.error("POST", f"{BATCH}/start", **names)
    assert (status, error["code"]) == (409, "batch_not_startable")
    status, page, _ = caller("GET", BATCHES, model="reviews")
    assert [item["batch"] for item in page["batches"]] == [made["batch"]]


def test_a_file_in_s3_starts_at_once(caller: Client) -> None:
    caller.storage.drop("batches/mine/rows.csv", b"text\na film\n")
    body = {"input": "s3://data/batches/mine/rows.csv", "parameters": {"top_k": 2}}
    status, started = create(caller, body)
    assert (status, started["status"]) == (202, "preparing")
    assert (started["run"], started["parameters"]) == ("reviews-1", {"top_k": 2})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"input": "s3://data/datasets/reviews/all.csv"}, "below s3://data/batches/"),
        ({"input": "s3://other/batches/rows.csv"}, "below s3://data/batches/"),
        ({"input": "s3://data/batches/folder/"}, "below s3://data/batches/"),
        ({"input": 5}, "below s3://data/batches/"),
        ({"output": "s3://data/x"}, "only the fields input, parameters"),
        ({"parameters": [1]}, "expected an object"),
        ({"parameters": {"top_q": 1}}, "top_q"),
        ([], "expected an object"),
    ],
)
def test_a_wrong_request_names_its_field(caller: Client, body: Any, words: str) -> None:
    status, error, _ = caller.error("POST", BATCHES, body, model="reviews")
    assert status == 422
    assert words in error["message"]


def test_a_file_that_is_missing_is_named(caller: Client) -> None:
    body = {"input": "s3://data/batches/rows.csv"}
    status, error, _ = caller.error("POST", BATCHES, body, model="reviews")
    assert (status, error["code"]) == (409, "no_file")
    assert "s3://data/batches/rows.csv" in error["message"]


def test_a_batch_is_stopped_then_removed(caller: Client) -> None:
    batch = begin(caller).batch
    names: Any = {"model": "reviews", "batch": batch}
    status, error, _ = caller.error("DELETE", BATCH, **names)
    assert (status, error["code"]) == (409, "batch_in_progress")
    status, stopped, _ = caller("POST", f"{BATCH}/stop", **names)
    assert (status, stopped["status"]) == (200, "stopped")
    status, error, _ = caller.error("POST", f"{BATCH}/stop", **names)
    assert (status, error["code"]) == (409, "batch_not_in_progress")
    caller.storage.drop(f"batches/{batch}/requests/1", b"x")
    status, _, _ = caller("DELETE", BATCH, **names)
    assert status == 200
    assert [key for key in caller.storage.objects if key.startswith("batches/")] == []
    assert caller.error("GET", BATCH, **names)[0] == 404


def test_a_batch_that_is_done_shows_its_result_and_what_it_costs(
    caller: Client,
) -> None:
    record = begin(caller)
    clients.batches().end(
        record,
        BatchStatus.COMPLETED,
        result=f"batches/{record.batch}/result.csv",
        instance_type="ml.m5.xlarge",
        rows=1,
        answered=1,
    )
    names: Any = {"model": "reviews", "batch": record.batch}
    _, page, _ = caller("GET", BATCH, **names)
    assert "The result has been removed" in page["message"]
    caller.storage.drop(f"batches/{record.batch}/result.csv", b"text,label\n")
    status, page, _ = caller("GET", BATCH, **names)
    assert (status, page["status"], page["answered"]) == (200, "completed", 1)
    assert page["result"]["uri"] == f"s3://data/batches/{record.batch}/result.csv"
    assert "result.csv" in page["result"]["url"]
    assert page["cost"]["instance_type"] == "ml.m5.xlarge"
    assert page["cost"]["usd_per_hour"] is None


def test_a_batch_whose_execution_died_is_shown_as_failed(caller: Client) -> None:
    batch = begin(caller).batch
    workflow: Any = clients.batch_workflow()
    workflow.end_all("TIMED_OUT")
    names: Any = {"model": "reviews", "batch": batch}
    _, page, _ = caller("GET", BATCH, **names)
    assert page["status"] == "failed"
    assert "its execution" not in page["failure"]
    assert f"{batch}/start" in page["failure"]


def test_an_unknown_batch_is_404(caller: Client) -> None:
    status, error, _ = caller.error("GET", BATCH, model="reviews", batch="x")
    assert (status, error["code"]) == (404, "unknown_batch")
    assert "GET /models/reviews/batch lists" in error["message"]


def test_a_model_that_is_not_live_answers_no_batch(call: Client) -> None:
    call.ledger.add("other-1", model="other")
    status, error, _ = call.error("POST", BATCHES, model="other")
    assert (status, error["code"]) == (409, "model_not_live")


def test_a_batch_whose_job_is_being_stopped_is_not_removed_yet(caller: Client) -> None:
    """Its container may still write into its log."""
    record = begin(caller)
    job = batch_name(STACK, record.batch, 1)
    clients.batches().change(record, jobs=1, job=job)
    caller.sagemaker.transforms[job] = {"TransformJobStatus": "InProgress"}
    names: Any = {"model": "reviews", "batch": record.batch}
    caller("POST", f"{BATCH}/stop", **names)
    status, error, headers = caller.error("DELETE", BATCH, **names)
    assert (status, error["code"]) == (409, "batch_stopping")
    assert headers["retry-after"] == "30"
    assert [item.batch for item in batch_calls.control().remove_all("reviews")] == [
        record.batch
    ]
    caller.sagemaker.transforms[job]["TransformJobStatus"] = "Stopped"
    assert batch_calls.control().remove_all("reviews") == []
    assert caller.error("GET", BATCH, **names)[0] == 404


def test_a_prepared_batch_goes_on_though_another_release_or_none_is_live(
    caller: Client,
) -> None:
    record = begin(caller)
    clients.batches().end(record, BatchStatus.FAILED, rows=1)
    caller.ledger.model_records["reviews"]["champion"] = "reviews-2"
    names: Any = {"model": "reviews", "batch": record.batch}
    status, again, _ = caller("POST", f"{BATCH}/start", **names)
    assert (status, again["run"]) == (202, "reviews-1")
