from __future__ import annotations

import json

import pytest

from benchmarks.soak_clients import Question, SoakState, outcome
from benchmarks.soak_http import Response
from benchmarks.soak_report import RIGHT

GOOD = Question("a good film", "POSITIVE", 0.9, 1e-3)


def answer(status: int = 200, value: object = None, **headers: str) -> Response:
    names = [name.replace("_", "-") for name in headers]
    return Response(
        status,
        dict(zip(names, headers.values(), strict=True)),
        json.dumps(value).encode(),
    )


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ([{"label": "POSITIVE", "score": 0.9005}], True),
        ([{"label": "POSITIVE", "score": 0.902}], False),
        ([{"label": "NEGATIVE", "score": 0.9}], False),
        ([], False),
        ([{"label": "POSITIVE", "score": 0.9}] * 2, False),
        ([None], False),
    ],
)
def test_an_answer_is_right_by_label_and_score(value: object, right: bool) -> None:
    assert (outcome(answer(200, value), [GOOD]) == RIGHT) is right


def test_a_status_that_was_not_expected_is_reported_with_its_body() -> None:
    assert outcome(answer(500, "broken"), [GOOD]) == 'expected 200; found 500 "broken"'


def test_a_refusal_is_explained_by_a_burst_and_by_saying_when_to_come_back() -> None:
    state = SoakState(1, [GOOD])
    refusal = answer(503, retry_after="1")
    assert not state.may_refuse(refusal, False)
    assert state.may_refuse(refusal, True)
    state.bursts = 1
    assert state.may_refuse(refusal, False)
    assert not state.may_refuse(answer(503), True)
    assert not state.may_refuse(answer(500, retry_after="1"), True)
