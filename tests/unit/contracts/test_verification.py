from __future__ import annotations

from typing import Any

from contracts.verification import TOLERANCE, Verification, VerifiedRow

CONTENT: dict[str, Any] = {
    "tolerance": TOLERANCE,
    "rows": [
        {
            "request": {"inputs": "a"},
            "response": [{"label": "good"}],
            "graph_response": [{"label": "bad"}],
        },
        {"request": {"inputs": "b"}, "response": None},
        {"request": {"inputs": "c"}},
    ],
}


def test_a_verification_is_written_as_it_was_read() -> None:
    assert Verification.read(CONTENT).write() == CONTENT


def test_null_is_an_answer_and_none_is_not() -> None:
    both, null, none = Verification.read(CONTENT).rows
    assert both.answers == ([{"label": "good"}], [{"label": "bad"}])
    assert null.answers == (None,)
    assert none.answers == ()
    assert VerifiedRow({"inputs": "c"}) == none
