from __future__ import annotations

from functions.api.errors import not_live, unknown_model
from tests.unit.functions.fakes import MemoryLedger


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    error = unknown_model("reviws", ["reviews"])
    assert error.body() == {
        "error": {
            "code": "unknown_model",
            "message": "There is no model called 'reviws'. Did you mean 'reviews'?",
            "nearest": "reviews",
        }
    }
    assert unknown_model("x", []).message.endswith(
        "GET /models lists the models there are."
    )


def test_a_model_that_is_not_live_says_what_is_being_done() -> None:
    assert "Drop its data under datasets/reviews/" in not_live("reviews", None).message
    error = not_live("reviews", MemoryLedger().add("r-1", status="training"))
    assert "Its run r-1 is in progress: training." in error.message
    assert error.more == {"run": "r-1", "status": "training"}
    assert (
        "ended as 'failed'"
        in not_live("m", MemoryLedger().add("r", status="failed", ended_at="t")).message
    )
