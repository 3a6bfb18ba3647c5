from __future__ import annotations

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.adapters.prediction_queue import PredictionQueue
from functions.adapters.runtime import (
    EndpointMissingError,
    ModelFailedError,
    ModelRefusedError,
    OverloadedError,
    PredictionError,
)
from tests.unit.functions.adapters.stubs import StubbedClient
from tests.unit.functions.fakes import MemoryStorage
from tests.unit.functions.fakes.clock import now
from tests.unit.functions.fakes.prediction_queue import QueueingClient, queue_of

RUN = "reviews-1"
BODY = b'{"inputs": "good"}'
EXPECTED = {
    "EndpointName": "e",
    "ContentType": "application/json",
    "Accept": "application/json",
    "InputLocation": f"s3://data/predictions/{RUN}/requests/p.json",
    "InvocationTimeoutSeconds": 900,
}
TAKEN = {
    "InferenceId": "i",
    "OutputLocation": f"s3://data/predictions/{RUN}/answers/u.out",
    "FailureLocation": f"s3://data/predictions/{RUN}/failures/u-error.out",
}


def test_a_request_lies_in_the_bucket_and_its_record_says_where_the_answer_will() -> (
    None
):
    stubbed, storage = StubbedClient("sagemaker-runtime"), MemoryStorage()
    stubbed.answers("invoke_endpoint_async", TAKEN, EXPECTED)
    queue = PredictionQueue(stubbed.client, storage, now)
    queued = queue.send("e", RUN, "p", BODY, 900)
    assert storage.objects[f"predictions/{RUN}/requests/p.json"] == BODY
    assert queued.answer_key == f"predictions/{RUN}/answers/u.out"
    assert queue.find(RUN, "p") == queued
    assert queue.find(RUN, "q") is None


def test_an_answer_is_there_once_it_is_written() -> None:
    client = QueueingClient(MemoryStorage())
    queue = queue_of(client)
    queued = queue.send("e", RUN, "p", BODY, 900)
    assert queue.answer(queued) is None
    client.answer(1, [{"label": "a"}], RUN)
    assert queue.answer(queued) == b'[{"label": "a"}]'


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            'Received client error (400) from primary with message "{"error": "inputs: expected a text; found 1"}". '
            "See https://logs for more information.",
            ModelRefusedError,
            "the model answered 400: inputs: expected a text; found 1",
        ),
        (
            'Received server error (500) from primary with message "out of\nmemory". See the log group g.',
            ModelFailedError,
            "the model answered 500: out of\nmemory",
        ),
        (
            '{"error": "parameters.top_k: expected a whole number; found x"}',
            ModelRefusedError,
            "the model answered 400: parameters.top_k: expected a whole number; found x",
        ),
        (
            '{"error": {"code": 500, "message": "out of memory"}}',
            ModelFailedError,
            "the model answered 500: out of memory",
        ),
        ("anything else\n", ModelFailedError, "the model answered 500: anything else"),
    ],
    ids=["refused", "failed", "own-refusal", "own-failure", "unknown"],
)
def test_a_failure_has_its_meaning(
    text: str, error: type[Exception], message: str
) -> None:
    client = QueueingClient(MemoryStorage())
    queue = queue_of(client)
    queued = queue.send("e", RUN, "p", BODY, 900)
    client.fail(1, text, RUN)
    with pytest.raises(error) as failed:
        queue.answer(queued)
    assert str(failed.value) == message


def test_refusals_have_their_meaning_and_leave_no_record() -> None:
    stubbed, storage = StubbedClient("sagemaker-runtime"), MemoryStorage()
    stubbed.refuses("invoke_endpoint_async", "ValidationError", "Endpoint e not found.")
    queue = PredictionQueue(stubbed.client, storage, now)
    with pytest.raises(EndpointMissingError):
        queue.send("e", RUN, "p", BODY, 900)
    assert queue.find(RUN, "p") is None


def test_an_endpoint_out_of_reach_is_overloaded() -> None:
    client = QueueingClient(MemoryStorage())
    client.error = EndpointConnectionError(endpoint_url="http://e")
    with pytest.raises(OverloadedError):
        queue_of(client).send("e", RUN, "p", BODY, 900)


def test_answers_elsewhere_than_in_the_data_bucket_are_refused() -> None:
    stubbed = StubbedClient("sagemaker-runtime")
    elsewhere = TAKEN | {"OutputLocation": "s3://other/u.out"}
    stubbed.answers("invoke_endpoint_async", elsewhere)
    queue = PredictionQueue(stubbed.client, MemoryStorage(), now)
    with pytest.raises(PredictionError, match=r"found s3://other/u\.out"):
        queue.send("e", RUN, "p", BODY, 900)


def test_the_record_is_a_document() -> None:
    client = QueueingClient(MemoryStorage())
    queue_of(client).send("e", RUN, "p", BODY, 60)
    record = json.loads(client.storage.objects[f"predictions/{RUN}/queued/p.json"])
    assert record["answer_seconds"] == 60
