"""What a run is expected to cost, what is booked after it, and a budget that refuses it: on the deployed stack."""

from __future__ import annotations

from datetime import datetime

from tests.e2e.client import Cloud
from tests.e2e.drops import reviews

BROKE = "broke"


def test_an_estimate_stands_in_the_record_before_the_training_starts(
    cloud: Cloud, live: str
) -> None:
    record = cloud.run(cloud.runs(live)[-1]["run"])
    estimate = record["estimate"]
    job = cloud.sagemaker.describe_training_job(
        TrainingJobName=record["training"]["job"]
    )
    assert datetime.fromisoformat(estimate["made_at"]) <= job["CreationTime"]
    least, most = estimate["instances"][0]["usd"]
    assert 0 < least < most
    assert estimate["instances"][0]["price"]["source"]
    assert "USD" in estimate["sentence"]


def test_what_a_training_has_billed_is_booked(cloud: Cloud, live: str) -> None:
    record = cloud.run(cloud.runs(live)[-1]["run"])
    costs = cloud.http.get("/costs").json()
    (model,) = [item for item in costs["models"] if item["model"] == live]
    assert record["run"] in model["runs"]
    assert model["training_seconds"] >= record["training"]["billable_seconds"] > 0
    assert model["training_usd"] > 0
    assert costs["forecast_usd"] >= costs["usd"] >= model["usd"]
    jobs = {item["run"] for item in costs["bills_now"]}
    assert record["run"] not in jobs


def test_a_training_that_does_not_fit_its_budget_is_refused_unpaid(
    cloud: Cloud,
) -> None:
    budget = b"budget: {run_usd: 0.0001}\n"
    cloud.drop_all(BROKE, {"data.csv": reviews(), "traindrop.yaml": budget})
    record = cloud.ended(BROKE)
    assert (record["status"], record["failure"]["step"]) == ("failed", "train")
    cause, remedy = record["failure"]["cause"], record["failure"]["remedy"]
    assert cause.startswith(
        "The training was not started, as it does not fit a budget: Expected a training of at most 0.0001 USD"
    )
    assert remedy.startswith("Raise budget.run_usd, lower compute.max_runtime_seconds")
    assert not [name for name in cloud.jobs() if BROKE in name]
    costs = cloud.http.get("/costs").json()
    assert BROKE not in [item["model"] for item in costs["models"]]
    assert BROKE not in [item["model"] for item in costs["bills_now"]]
