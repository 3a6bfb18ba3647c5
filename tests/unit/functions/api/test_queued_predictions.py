from __future__ import annotations

from datetime import timedelta

import pytest

from functions.api.errors import ApiError
from functions.api.queued_predictions import MAX_WAIT, LaterPredictor
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage
from tests.unit.functions.fakes.clock import now
from tests.unit.functions.fakes.prediction_queue import QueueingClient, queue_of

RUN = "reviews-1"


@pytest.fixture
def client() -> QueueingClient:
    return QueueingClient(MemoryStorage())


@pytest.fixture
def later(client: QueueingClient) -> LaterPredictor:
    ledger = MemoryLedger()
    deployment = {"mode": "async", "timeout_minutes": 30, "endpoint": "e"}
    ledger.add(RUN, status="live", deployment=deployment)
    return LaterPredictor(ledger, lambda: queue_of(client), now)


def test_a_request_is_given_the_time_that_its_release_is_deployed_with(
    later: LaterPredictor, client: QueueingClient
) -> None:
    model = later.ledger.models()[0]
    accepted = later.send(model, b"{}", {})
    assert client.requests[0]["InvocationTimeoutSeconds"] == 1800
    assert accepted.path == f"/models/reviews/predictions/{accepted.prediction}"
    queued = later.find(model, accepted.prediction)
    assert later.answer(queued) is None


@pytest.mark.parametrize(
    "name", ["", "x", RUN, f"{RUN}-", f"{RUN}-{'0' * 32}", f"other-1-{'0' * 32}"]
)
def test_what_was_never_asked_is_unknown(later: LaterPredictor, name: str) -> None:
    with pytest.raises(ApiError, match="There is no prediction"):
        later.find(later.ledger.models()[0], name)


def test_another_models_prediction_is_unknown(later: LaterPredictor) -> None:
    accepted = later.send(later.ledger.models()[0], b"{}", {})
    assert isinstance(later.ledger, MemoryLedger)
    later.ledger.add("tickets-1", model="tickets", status="live")
    tickets = later.ledger.find_model("tickets")
    assert tickets is not None
    with pytest.raises(ApiError, match="There is no prediction"):
        later.find(tickets, accepted.prediction)


def test_what_has_waited_longer_than_sagemaker_keeps_it_is_lost(
    later: LaterPredictor, client: QueueingClient
) -> None:
    model = later.ledger.models()[0]
    queued = later.find(model, later.send(model, b"{}", {}).prediction)
    late = LaterPredictor(
        later.ledger, later.queue, lambda: now() + MAX_WAIT + timedelta(minutes=1)
    )
    with pytest.raises(ApiError, match="was never answered") as lost:
        late.answer(queued)
    assert lost.value.status == 504
    client.answer(1, 1, RUN)
    assert late.answer(queued) == b"1"


def test_a_stream_is_refused(later: LaterPredictor) -> None:
    with pytest.raises(ApiError, match="expected no stream"):
        later.send(later.ledger.models()[0], b"{}", {"stream": True})
