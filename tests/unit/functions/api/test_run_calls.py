"""A run's log with its numbers, and its evaluation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts import locations
from contracts.metric_lines import metric_line
from functions.adapters import clients
from functions.api.run_calls import MAX_POINTS, points_of, thinned
from tests.unit.functions.api.client import Client, live

LOG = "/runs/{run}/log"
EVALUATION = "/runs/{run}/evaluation"


def trained(call: Client, *lines: str) -> None:
    call.ledger.add("r-1", model="reviews", training={"job": "td--r-1"})
    logs: Any = clients.logs()
    logs.lines = list(lines)


def test_lines_and_numbers_are_apart(call: Client) -> None:
    number = metric_line(step=1, train_loss=0.5)
    trained(call, "Loading", number, "[metric] is a word", "Done")
    status, answer, _ = call("GET", LOG, run="r-1")
    assert (status, answer) == (
        200,
        {
            "run": "r-1",
            "job": "td--r-1",
            "lines": ["Loading", "[metric] is a word", "Done"],
            "points": [{"step": 1, "train_loss": 0.5}],
        },
    )


def test_the_limit_is_of_the_last_lines(call: Client) -> None:
    trained(call, "1", "2", "3")
    _, answer, _ = call("GET", LOG, None, {"limit": "2"}, run="r-1")
    assert answer["lines"] == ["2", "3"]
    status, error, _ = call.error("GET", LOG, None, {"limit": "0"}, run="r-1")
    assert (status, error["field"]) == (422, "limit")


def test_a_run_without_a_job_has_no_lines(call: Client) -> None:
    call.ledger.add("r-2", model="reviews")
    _, answer, _ = call("GET", LOG, run="r-2")
    assert (answer["job"], answer["lines"], answer["points"]) == (None, [], [])


def test_an_unknown_run_is_404(call: Client) -> None:
    for resource in (LOG, EVALUATION):
        assert call("GET", resource, run="none")[0] == 404


def test_points_are_in_order_merged_and_finite() -> None:
    lines = [
        metric_line(step=10, train_loss=0.2),
        metric_line(step=10, eval_accuracy=0.9),
        metric_line(step=5, train_loss=float("nan")),
        metric_line(epoch=1),
    ]
    assert points_of(lines) == [
        {"step": 5},
        {"step": 10, "train_loss": 0.2, "eval_accuracy": 0.9},
    ]


@pytest.mark.parametrize("count", [0, 1, MAX_POINTS, MAX_POINTS + 1, 4_999])
def test_few_points_are_sent_and_the_last_and_the_results_stay(count: int) -> None:
    points: list[dict[str, float]] = [{"step": step} for step in range(count)]
    if count > 3:
        points[3]["eval_accuracy"] = 0.5
    kept = thinned(points)
    assert len(kept) <= MAX_POINTS + 2
    assert kept[-1:] == points[-1:]
    if count > 3:
        assert points[3] in kept


def test_the_evaluation_is_as_the_job_wrote_it(call: Client) -> None:
    live(call)
    document = {"metric": "accuracy", "labels": ["ä"]}
    key = locations.document_key("reviews-1", locations.EVALUATION)
    call.storage.drop(key, json.dumps(document))
    status, answer, _ = call("GET", EVALUATION, run="reviews-1")
    assert (status, answer) == (200, document)


def test_a_missing_evaluation_says_why(call: Client) -> None:
    call.ledger.add("r-3", model="reviews", status="training")
    status, error, _ = call.error("GET", EVALUATION, run="r-3")
    assert (status, error["code"]) == (404, "no_evaluation")
    assert "its job writes it when the training has ended" in error["message"]
