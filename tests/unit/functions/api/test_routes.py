from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from contracts.releases import Approval
from contracts.report_state import MARK
from functions.adapters import clients
from functions.adapters.errors import TransientError
from tests.unit.functions.api.client import (
    PREDICT,
    READ_KEY,
    Client,
    event_of,
    live,
)
from tests.unit.functions.releases.ended_runs import Runs


@pytest.mark.parametrize("encode", [str, quote])
@pytest.mark.parametrize("name", ["Größe a+b", "100%", "what?", 'a"b', "a#b", "50%25"])
def test_any_model_name_arrives_encoded_or_not(
    call: Client, name: str, encode: Callable[[str], str]
) -> None:
    live(call, model=name, run="r-1")
    assert call("POST", PREDICT, {"inputs": "x"}, model=encode(name))[0] == 200
    assert call("GET", "/models/{model}", model=encode(name))[1]["model"] == name


def test_an_unknown_model_is_404_with_the_nearest(call: Client) -> None:
    live(call)
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviws")
    assert (status, error["code"], error["nearest"]) == (
        404,
        "unknown_model",
        "reviews",
    )
    assert call.runtime.bodies == []


def test_a_fault_of_our_own_is_500_with_the_request_id(
    call: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(call.ledger, "find_model", broken)
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (status, error["code"], error["request_id"]) == (500, "internal_error", "r")
    assert "secret" not in json.dumps(error)


def test_an_outage_of_aws_is_503_and_passes(
    call: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(_: str) -> None:
        raise TransientError("ThrottlingException: Rate exceeded")

    monkeypatch.setattr(call.ledger, "find_model", throttled)
    status, error, headers = call.error("GET", "/models/{model}", model="reviews")
    assert (status, error["code"]) == (503, "aws_unavailable")
    assert headers["retry-after"] == "5"


def test_every_error_is_a_problem_document(call: Client) -> None:
    status, body, headers = call("GET", "/runs/{run}", run="ghost")
    assert headers["content-type"] == "application/problem+json"
    assert (status, body["status"], body["type"]) == (
        404,
        404,
        "urn:traindrop:problem:unknown_run",
    )
    assert body["instance"] == "urn:uuid:r"
    assert body["detail"] == body["error"]["message"]


def unrouted(
    call: Client, method: str, path: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """As API Gateway hands on what it has no resource for."""
    event = event_of(method, "/{proxy+}", {"proxy": path.removeprefix("/")})
    return call.send(event)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/run", ["GET /runs"]),
        ("/model/reviews", ["GET /models/{model}"]),
        ("/runs/reviews-1/reports/", ["GET /runs/{run}/report"]),
    ],
)
def test_an_unknown_route_is_404_with_the_nearest(
    call: Client, path: str, nearest: list[str]
) -> None:
    status, body, _ = unrouted(call, "GET", path)
    assert (status, body["error"]["code"]) == (404, "unknown_route")
    assert body["nearest_routes"][: len(nearest)] == nearest
    assert f"Did you mean {nearest[0]}" in body["detail"]


def test_a_path_that_is_like_none_is_404_all_the_same(call: Client) -> None:
    for event in (
        event_of("GET", "/{proxy+}", {"proxy": "qq/%00"}),
        event_of("GET", "/", {}),
    ):
        status, body, _ = call.send(event)
        assert (status, body["error"]["code"]) == (404, "unknown_route")
        assert "GET /openapi.json" in body["detail"]


@pytest.mark.parametrize("path", ["/models", "/models/", "models"])
def test_another_method_is_405_with_those_that_are_allowed(
    call: Client, path: str
) -> None:
    status, body, headers = unrouted(call, "PUT", path)
    assert (status, body["error"]["code"]) == (405, "method_not_allowed")
    assert headers["allow"] == "GET"
    assert body["detail"] == "/models does not take PUT. It takes GET."


def test_a_path_of_the_catch_all_that_has_a_route_is_answered(call: Client) -> None:
    live(call)
    assert unrouted(call, "GET", "/models/reviews/")[1]["model"] == "reviews"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "٣", "9" * 5000])
def test_a_bad_limit_is_422(call: Client, limit: str) -> None:
    status, error, _ = call.error("GET", "/runs", None, {"limit": limit})
    assert (status, error["field"]) == (422, "limit")
    assert (
        error["message"]
        == f"limit: expected a whole number from 1 to 200; found {limit!r:.80}"
    )


def test_an_unknown_run_is_404(call: Client) -> None:
    status, error, _ = call.error("GET", "/runs/{run}", run="ghost")
    assert (status, error["code"]) == (404, "unknown_run")


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [
        ("report", "report.html", "text/html"),
        ("card", "README.md", "text/markdown"),
        ("mistakes", "mistakes.csv", "text/csv"),
        ("label_errors", "label_errors.csv", "text/csv"),
    ],
)
def test_a_document_of_a_run_is_passed_on_closed(
    call: Client, name: str, file: str, kind: str
) -> None:
    path = f"/runs/reviews-1/{name}"
    call.ledger.add("reviews-1", status="live", **{name: path})
    call.storage.objects[f"models/reviews-1/{file}"] = "größe <b>".encode()
    status, body, headers = call("GET", f"/runs/{{run}}/{name}", run="reviews-1")
    assert (status, body, headers["content-type"]) == (
        200,
        "größe <b>",
        f"{kind}; charset=utf-8",
    )
    assert (
        headers["content-security-policy"]
        == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    )
    assert call("GET", "/runs/{run}", run="reviews-1")[1][name] == path
    assert call("GET", "/models/{model}", model="reviews")[1][name] == path


def test_a_report_has_the_state_of_its_run(call: Client) -> None:
    call.ledger.add("reviews-1", status="kept back", report="/runs/reviews-1/report")
    call.storage.objects["models/reviews-1/report.html"] = f"<p>{MARK}</p>".encode()
    body = call("GET", "/runs/{run}/report", run="reviews-1")[1]
    assert body == "<p><!--state-->kept back<!--/state--></p>"
    until = "9999-01-01T00:00:00.000+00:00"
    call.ledger.record(
        "reviews-1",
        approval=Approval(requested_at="2026-11-01T10:00:00+00:00", until=until),
    )
    body = call("GET", "/runs/{run}/report", run="reviews-1")[1]
    waiting = f"waiting for approval until {until}"
    assert body == f"<p><!--state-->{waiting}<!--/state--></p>"


@pytest.mark.parametrize("name", ["report", "card", "mistakes", "label_errors"])
def test_a_document_that_is_not_there_is_404(call: Client, name: str) -> None:
    call.ledger.add("reviews-1", status="training")
    call.ledger.add(
        "reviews-2",
        status="live",
        ended_at="2026-05-01",
        report="/runs/reviews-2/report",
    )
    waiting = call.error("GET", f"/runs/{{run}}/{name}", run="reviews-1")
    message = f"There is no {name} of the run 'reviews-1'. Its run is in progress (training): it is written when"
    assert (waiting[0], waiting[1]["code"]) == (404, f"no_{name}")
    assert waiting[1]["message"] == f"{message} the training has ended."
    gone = call.error("GET", f"/runs/{{run}}/{name}", run="reviews-2")[1]
    assert gone["message"] == (
        f"There is no {name} of the run 'reviews-2'. Its job left none, as one with a training script of its own; or "
        "it has been removed since."
    )


@pytest.mark.parametrize("name", ["report", "card"])
def test_a_document_of_an_unknown_run_is_404(call: Client, name: str) -> None:
    status, error, _ = call.error("GET", f"/runs/{{run}}/{name}", run="nobody")
    assert (status, error["code"]) == (404, "unknown_run")


RETRY = "/runs/{run}/retry"


@pytest.fixture
def runs(call: Client, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The API on a real ledger, with one run."""
    runs = Runs()
    monkeypatch.setattr(clients, "ledger", lambda: runs.ledger)
    monkeypatch.setattr(clients, "storage", lambda: runs.storage)
    monkeypatch.setattr(clients, "workflow", lambda: runs.workflow)
    return runs


def test_a_retry_answers_with_the_run_in_its_next_try(call: Client, runs: Runs) -> None:
    runs.failed()
    first, second = (call("POST", RETRY, run=runs.run)[:2] for _ in range(2))
    assert first == second
    status, page = first
    assert (status, page["run"], page["status"]) == (202, runs.run, "training")
    assert [item["failure"]["cause"] for item in page["tries"]] == ["No memory."]
    assert call("GET", "/runs/{run}", run=runs.run)[1] == page


def test_a_retry_that_cannot_be_is_409_with_the_run_in_the_way(
    call: Client, runs: Runs
) -> None:
    runs.failed()
    other = runs.claim("b", "second")
    status, error, _ = call.error("POST", RETRY, run=runs.run)
    assert (status, error["code"], error["run"]) == (409, "model_busy", other)


def test_a_retry_too_early_says_when(call: Client, runs: Runs) -> None:
    runs.failed()
    runs.workflow.end_all("RUNNING")
    status, _, headers = call.error("POST", RETRY, run=runs.run)
    assert (status, headers["retry-after"]) == (409, "5")


def test_a_retry_is_for_who_may_manage(call: Client, runs: Runs) -> None:
    call.key_id = READ_KEY
    status, error, _ = call.error("POST", RETRY, run=runs.run)
    assert (status, error["right"]) == (403, "manage")


def test_an_unknown_run_is_not_retried(call: Client, runs: Runs) -> None:
    assert call.error("POST", RETRY, run="no")[1]["code"] == "unknown_run"


def test_costs_are_those_of_a_month(call: Client) -> None:
    status, page, _ = call("GET", "/costs", query={"month": "2026-11"})
    assert status == 200
    assert (page["month"], page["usd"], page["models"], page["bills_now"]) == (
        "2026-11",
        0.0,
        [],
        [],
    )
    assert call("GET", "/costs")[0] == 200
    status, error, _ = call.error("GET", "/costs", query={"month": "2026-13"})
    assert (status, error["message"]) == (
        422,
        "month: expected a month such as 2026-11; found '2026-13'",
    )
