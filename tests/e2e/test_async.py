"""A model that answers later, on the deployed stack: verified through its queue, asked, and its answer fetched."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.client import Cloud, eventually
from traindrop import Client

MODEL = "later-reviews"
SETTINGS = b"deployment: {mode: async, timeout_minutes: 5}\n"
TEXT = "a lovely film"


@pytest.fixture(scope="module")
def run(cloud: Cloud, live: str) -> dict[str, Any]:
    """The live run of a model of the mode async."""
    cloud.drop(MODEL, SETTINGS, "traindrop.yaml")
    cloud.drop(MODEL, cloud.archive_of(live), "model.tar.gz")
    ended = cloud.ended(MODEL)
    assert ended["status"] == "live", ended
    record = cloud.run(str(ended["run"]))
    assert record["deployment"]["verification"]["rows"] > 0
    return record


def _answer(cloud: Cloud, path: str) -> Any:
    def look() -> Any:
        response = cloud.http.get(path)
        assert response.status_code in (200, 202), response.text
        return response if response.status_code == 200 else None

    return eventually("the answer is there", look)


def test_its_answer_is_the_one_of_a_model_that_answers_at_once(
    cloud: Cloud, live: str, run: dict[str, Any]
) -> None:
    accepted = cloud.predict(MODEL, TEXT)
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["X-Traindrop-Run"] == run["run"]
    path = accepted.json()["path"]
    assert path == f"/models/{MODEL}/{accepted.headers['Location']}"
    answer = _answer(cloud, path)
    assert answer.headers["X-Traindrop-Run"] == run["run"]
    (expected,) = cloud.predict(live, TEXT).json()
    (actual,) = answer.json()
    assert actual["label"] == expected["label"]
    assert actual["score"] == pytest.approx(expected["score"], abs=0.02)


def test_the_python_client_waits_for_it(cloud: Cloud, run: dict[str, Any]) -> None:
    key = cloud.http.headers["x-api-key"]
    with Client(str(cloud.http.base_url), key) as client:
        prediction = client.predict(MODEL, [TEXT, "a dull film"])
    assert (len(prediction.answer), prediction.run) == (2, run["run"])


@pytest.mark.usefixtures("run")
def test_what_cannot_be_is_refused_at_once(cloud: Cloud) -> None:
    wrong = cloud.predict(MODEL, 1)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (
        422,
        "invalid_request",
    )
    asleep = cloud.http.post(f"/models/{MODEL}/sleep")
    assert (asleep.status_code, asleep.json()["error"]["code"]) == (
        409,
        "queue_would_be_lost",
    )
    ghost = cloud.http.get(f"/models/{MODEL}/predictions/{MODEL}-1-{'0' * 32}")
    assert (ghost.status_code, ghost.json()["error"]["code"]) == (
        404,
        "unknown_prediction",
    )


def test_with_the_model_its_requests_and_answers_go(
    cloud: Cloud, run: dict[str, Any]
) -> None:
    prefix = f"predictions/{run['run']}/"
    assert cloud.keys(prefix)
    gone = cloud.http.delete(f"/models/{MODEL}")
    assert gone.status_code in (200, 202, 409), gone.text
    eventually(
        "all of it is gone",
        lambda: (
            cloud.http.delete(f"/models/{MODEL}").status_code == 404
            and not cloud.keys(prefix)
        ),
    )
