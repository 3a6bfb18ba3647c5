"""Later drops of one model contest the champion: a worse one is kept back, a better one takes its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.client import Cloud
from tests.e2e.drops import reviews

MODEL = "contested"
TEXTS = ["good film", "bad plot", "good good story"]
SETTINGS = b"gate: {must_beat_champion: true}\n"


def of_few_words(rows: int, seed: int, *, guessed: bool = False) -> bytes:
    return reviews(rows, seed, good=("good",), bad=("bad",), guessed=guessed)


def dropped(cloud: Cloud, files: dict[str, bytes]) -> dict[str, Any]:
    earlier = [run["run"] for run in cloud.runs(MODEL)]
    cloud.replace_all(MODEL, files)
    return cloud.ended(MODEL, besides=earlier)


def answers(cloud: Cloud) -> Any:
    return (
        cloud.predict(MODEL, TEXTS, parameters={"top_k": None})
        .raise_for_status()
        .json()
    )


@pytest.fixture(scope="module")
def good(cloud: Cloud, live: str) -> dict[str, Any]:
    """The record of a champion that knows the words: the archive of what is live already."""
    record = dropped(cloud, {"model.tar.gz": cloud.archive_of(live)})
    assert record["status"] == "live", record
    return record


@pytest.fixture(scope="module")
def narrow(cloud: Cloud) -> dict[str, Any]:
    """The record of a champion that knows one word of praise and one of blame."""
    record = dropped(
        cloud, {"train.csv": of_few_words(120, 1), "test.csv": of_few_words(60, 2)}
    )
    assert record["status"] == "live", record
    return record


def test_a_worse_model_is_kept_back_and_the_champion_answers_as_before(
    cloud: Cloud, good: dict[str, Any]
) -> None:
    before, endpoints = answers(cloud), cloud.endpoints()
    guessed, held_out = of_few_words(60, 3, guessed=True), of_few_words(60, 4)
    record = dropped(
        cloud, {"train.csv": guessed, "test.csv": held_out, "traindrop.yaml": SETTINGS}
    )
    assert (record["status"], record["steps"][-1]["step"]) == (
        "kept back",
        "kept back",
    ), record.get("failure")
    judged = record["evaluation"]
    ours, theirs = (
        judged["model"]["accuracy"],
        judged["champion"]["metrics"]["accuracy"],
    )
    low, high = judged["intervals"]["difference"]["champion"]
    assert judged["champion"]["run"] == good["run"]
    assert low <= ours - theirs <= high < 0
    assert judged["reasons"][-1] == (
        f"accuracy {ours:.4f} is worse than {theirs:.4f} of the live model ({good['run']}) on the same rows: "
        f"the difference is between {low:+.4f} and {high:+.4f} (95 %)."
    )
    assert judged["rows"] == record["data"]["rows"]["test"]
    assert cloud.http.get(f"/models/{MODEL}").json()["champion"] == good["run"]
    assert answers(cloud) == before
    assert cloud.endpoints() == endpoints
    assert not [
        name for name in [*cloud.configs(), *cloud.models()] if record["run"] in name
    ]
    jobs = [name for name in cloud.jobs() if record["run"] in name]
    assert [
        cloud.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
        for name in jobs
    ] == ["Completed"]


@pytest.mark.slow
def test_a_model_that_must_be_better_and_is_takes_the_champions_place(
    cloud: Cloud, narrow: dict[str, Any]
) -> None:
    better = {
        "train.csv": reviews(160, 5),
        "test.csv": reviews(80, 6),
        "traindrop.yaml": SETTINGS,
    }
    record = dropped(cloud, better)
    assert record["status"] == "live", record["evaluation"]
    judged = record["evaluation"]
    assert judged["champion"]["run"] == narrow["run"]
    assert judged["intervals"]["difference"]["champion"][0] > 0
    assert (
        f" is better than {judged['champion']['metrics']['accuracy']:.4f} of the live model "
        in judged["reasons"][-1]
    )
    assert cloud.http.get(f"/models/{MODEL}").json()["champion"] == record["run"]
    assert cloud.run(narrow["run"])["status"] == "superseded"
    assert [
        prediction["label"]
        for prediction in cloud.predict(MODEL, ["lovely film", "dull plot"]).json()
    ] == [
        "positive",
        "negative",
    ]
