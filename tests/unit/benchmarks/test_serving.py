from __future__ import annotations

import json

import pytest

from benchmarks.serving import as_cell, in_turn
from benchmarks.serving_contestants import CONTESTANTS
from benchmarks.serving_load import Load, Tally, request_bytes
from benchmarks.serving_model import Answer


def test_every_round_has_all_and_another_first() -> None:
    assert list(in_turn(["a", "b", "c"], 2)) == ["a", "b", "c", "b", "c", "a"]


def test_a_cell_counts_what_was_answered() -> None:
    load = Load(2.0, [0.01, 0.03, 0.02, 0.04], {"503": 2, "connection lost": 1}, 0.05, 0.4, {})
    found = as_cell(load)
    assert (found.p50_ms, found.p99_ms, found.rate, found.cpu_ms) == pytest.approx((20, 40, 2, 100))
    assert (found.load_cpu, found.errors) == (0.05, 3)


def test_what_comes_outside_the_measured_time_does_not_count() -> None:
    tally = Tally()
    tally.answered(0, 200, b"early", 9.0)
    tally.failed("early")
    tally.measuring = True
    tally.answered(0, 200, b"a", 0.1)
    tally.answered(0, 200, b"b", 0.2)
    tally.answered(1, 503, b"no", 0.3)
    assert tally.latencies == [0.1, 0.2]
    assert tally.answers == {0: {b"a", b"b"}}
    assert tally.errors == {"503": 1}


def test_a_request_says_how_long_its_body_is() -> None:
    head, _, body = request_bytes("/classify", "é").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /classify HTTP/1.1\r\n")
    assert b"Content-Length: 2" in head.split(b"\r\n")
    assert body == "é".encode()


@pytest.mark.parametrize("name", ["container", "litserve", "ours-torch", "ours-float32", "ours-int8"])
def test_answers_of_the_hosting_contract_are_read(name: str) -> None:
    assert json.loads(CONTESTANTS[name].body("a")) == {"inputs": "a"}
    assert CONTESTANTS[name].answer([{"label": "POSITIVE", "score": 0.7}]) == Answer("POSITIVE", 0.7)


def test_infinitys_answer_is_its_best_label() -> None:
    found = {"data": [[{"label": "NEGATIVE", "score": 0.2}, {"label": "POSITIVE", "score": 0.8}]]}
    assert CONTESTANTS["infinity"].answer(found) == Answer("POSITIVE", 0.8)
