from __future__ import annotations

from contracts.run_record import ProblemRecord
from tests.unit.functions.api.client import PREDICT, Client, live


def test_models_are_listed_with_their_endpoints_status(call: Client) -> None:
    live(call)
    call.ledger.add("quotes-1", model="quotes", status="training")
    models = call("GET", "/models")[1]["models"]
    assert [(m["model"], m["status"], m.get("champion")) for m in models] == [
        ("quotes", "none", None),
        ("reviews", "InService", "reviews-1"),
    ]


def test_a_model_says_what_it_does_and_how_to_ask_it(call: Client) -> None:
    live(call)
    call.ledger.add("reviews-2", status="training", task="text-classification")
    status, model, _ = call("GET", "/models/{model}", model="reviews")
    assert status == 200
    assert (model["task"], model["labels"], model["metrics"]) == (
        "text-classification",
        ["n", "p"],
        {"accuracy": 0.8},
    )
    assert model["changes"] == {
        "new_mistakes": 1,
        "gone_mistakes": 3,
        "both_wrong": 0,
    }
    assert (model["status"], model["champion"], model["active_run"]["run"]) == (
        "InService",
        "reviews-1",
        "reviews-2",
    )
    assert model["example"] == {
        "method": "POST",
        "path": "/models/reviews/predict",
        "body": {"inputs": "This is a sentence to classify."},
    }
    assert call("POST", PREDICT, model["example"]["body"], model="reviews")[0] == 200


def test_runs_are_listed_and_filtered(call: Client) -> None:
    live(call)
    call.ledger.add(
        "quotes-1",
        model="quotes",
        status="failed",
        failure={"cause": "Because.", "log_tail": ["x"]},
    )
    assert len(call("GET", "/runs")[1]["runs"]) == 2
    (run,) = call("GET", "/runs", None, {"model": "quotes", "limit": "5"})[1]["runs"]
    assert (run["run"], run["status"], run["cause"]) == (
        "quotes-1",
        "failed",
        "Because.",
    )
    assert "failure" not in run


def test_a_run_is_shown_whole(call: Client) -> None:
    problem = ProblemRecord(
        row=3, expected="a label", found="none", remedy="Fill it in."
    )
    call.ledger.add("reviews-1", status="rejected", problems=[problem])
    status, run, _ = call("GET", "/runs/{run}", run="reviews-1")
    assert (status, run["status"], run["problems"], run["steps"][0]["step"]) == (
        200,
        "rejected",
        [problem.write()],
        "rejected",
    )


def test_a_models_page_shows_its_owners_example(call: Client) -> None:
    live(call)
    call.ledger.run_records["reviews-1"] |= {
        "hooks": ["transform_fn"],
        "example": {"reviews": ["fine"]},
    }
    assert call("GET", "/models/{model}", model="reviews")[1]["example"]["body"] == {
        "reviews": ["fine"]
    }


def test_drift_is_shown_of_the_release_that_is_live(call: Client) -> None:
    live(call)
    model = call.ledger.model_records["reviews"]
    model["drift"] = {"run": "reviews-1", "at": "", "since": "", "changes": ["Longer."]}
    assert call("GET", "/models/{model}", model="reviews")[1]["drift"]["changes"] == [
        "Longer."
    ]
    model["drift"]["run"] = "reviews-0"
    assert "drift" not in call("GET", "/models/{model}", model="reviews")[1]
