"""The client against the API's own handler, on records in memory."""

from __future__ import annotations

import asyncio
import inspect
import time

import httpx
import pytest

from contracts.releases import ReleaseState
from contracts.run_record import RunStatus
from tests.unit.functions.api.client import ANSWER, live
from tests.unit.functions.api.client import Client as Gateway
from tests.unit.traindrop.api_transport import URL, transport
from traindrop import ApiError, AsyncClient, Client, ConnectError


def test_a_prediction_names_the_run_that_answered(
    call: Gateway, client: Client
) -> None:
    live(call)
    prediction = client.predict("reviews", "a film", {"top_k": 2})
    assert (prediction.answer, prediction.run) == (ANSWER, "reviews-ffffffffff")
    assert call.runtime.bodies == [b'{"inputs":"a film","parameters":{"top_k":2}}']


def test_models_runs_and_releases_are_records_without_unread_fields(
    call: Gateway, client: Client
) -> None:
    live(call)
    call.ledger.add("reviews-2", status="training", task="text-classification")
    (line,) = client.models()
    page = client.model("reviews")
    runs = client.runs("reviews", limit=5)
    (release,) = client.releases("reviews")
    assert (line.champion, line.active_run) == ("reviews-1", "reviews-2")
    assert (page.metrics, page.labels) == ({"accuracy": 0.8}, ("n", "p"))
    assert page.active_run is not None
    assert page.active_run.status is RunStatus.TRAINING
    assert {run.run for run in runs} == {"reviews-1", "reviews-2"}
    assert (release.run, release.state) == ("reviews-1", ReleaseState.LIVE)
    for record in (line, page, page.active_run, *runs, release):
        assert record.extra == {}


def test_names_are_encoded(call: Gateway, client: Client) -> None:
    live(call, model="Größe a+b/50%", run="r-1")
    assert client.model("Größe a+b/50%").champion == "r-1"


def test_a_refusal_has_the_words_of_the_api(call: Gateway, client: Client) -> None:
    live(call)
    with pytest.raises(ApiError) as refusal:
        client.predict("reviws", "a film")
    error = refusal.value
    assert (error.status, error.code, error.is_not_found) == (
        404,
        "unknown_model",
        True,
    )
    assert "Did you mean 'reviews'?" in str(error)
    assert error.details["nearest"] == "reviews"


def test_a_wrong_key_is_refused(call: Gateway) -> None:
    live(call)
    with (
        Client(URL, "another", transport=transport()) as client,
        pytest.raises(ApiError, match="one that may nothing here"),
    ):
        client.models()


def test_a_run_is_followed_to_its_end(call: Gateway, client: Client) -> None:
    call.ledger.add("reviews-1", status="training")
    statuses = []
    for record in client.follow("reviews-1", poll_seconds=0):
        statuses.append(record.status)
        call.ledger.run_records["reviews-1"]["status"] = "live"
    assert statuses == [RunStatus.TRAINING, RunStatus.LIVE]


def test_the_month_costs_nothing_yet(call: Gateway, client: Client) -> None:
    costs = client.costs("2026-11")
    assert (costs.month, costs.usd, costs.models) == ("2026-11", 0.0, ())


def test_what_is_busy_is_asked_again_and_what_changes_something_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([503, 429, 200, 503])
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(answers)
        error = {"error": {"code": "model_waking", "message": "Ask again."}}
        headers = {"Retry-After": "7"} if status == 503 else {}
        return httpx.Response(
            status, headers=headers, json=error if status != 200 else {"models": []}
        )

    with Client(URL, "k", transport=httpx.MockTransport(answer)) as client:
        assert client.models() == ()
        assert pauses == [7.0, 1.0]
        with pytest.raises(ApiError, match="Ask again"):
            client.stop("reviews-1")


def test_a_call_is_repeated_for_so_long_and_no_longer() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    client = Client(URL, "k", wait_seconds=0, transport=httpx.MockTransport(refuse))
    with (
        client,
        pytest.raises(ConnectError, match=r"expected an answer from https://api"),
    ):
        client.models()


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in vars(kind).items()
            if callable(method) and not name.startswith("_")
        }

    assert methods(Client) == methods(AsyncClient)


def test_the_client_for_asyncio_sends_the_same_calls(call: Gateway) -> None:
    live(call)

    async def use() -> tuple[object, ...]:
        async with AsyncClient(URL, "the-key", transport=transport()) as client:
            prediction, models = await asyncio.gather(
                client.predict("reviews", "a film"), client.models()
            )
            records = [record.status async for record in client.follow("reviews-1", 0)]
            return prediction.answer, models[0].model, records

    assert asyncio.run(use()) == (ANSWER, "reviews", [RunStatus.LIVE])


def test_the_answer_of_a_model_that_answers_later_is_waited_for(
    call: Gateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = "reviews-1"
    live(call)
    deployment = {"mode": "async", "endpoint": "e", "config": "c"}
    call.ledger.add(
        run, status="live", task="text-classification", deployment=deployment
    )
    call.ledger.model_records["reviews"]["mode"] = "async"
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            call.queueing.answer(1, ANSWER, run)

    monkeypatch.setattr(time, "sleep", pause)
    prediction = client.predict("reviews", "a film")
    assert (prediction.answer, prediction.run) == (ANSWER, run)
    assert len(pauses) == 2
    assert len(call.queueing.requests) == 1
