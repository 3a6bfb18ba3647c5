"""A model on instances sleeps while nobody uses it, on the deployed stack, and wakes with the next prediction."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.adapters.ledger_table import utc_now
from functions.adapters.usage import Usage
from tests.e2e.client import Cloud, eventually

MODEL = "sleeping-reviews"
SETTINGS = b"deployment: {mode: realtime, idle_minutes: 1}\n"


@pytest.fixture(scope="module")
def run(cloud: Cloud, live: str) -> str:
    """The live run of a model on instances."""
    cloud.drop(MODEL, SETTINGS, "traindrop.yaml")
    cloud.drop(MODEL, cloud.archive_of(live), "model.tar.gz")
    ended = cloud.ended(MODEL)
    assert ended["status"] == "live"
    return str(ended["run"])


def _status(cloud: Cloud) -> str:
    return str(cloud.http.get(f"/models/{MODEL}").json()["status"])


def _requests(cloud: Cloud, run: str) -> int:
    """As CloudWatch has counted them by now."""
    endpoint, now = cloud.http.get(f"/models/{MODEL}").json()["endpoint"], utc_now()
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    usage = Usage(cloud.boto("cloudwatch"))
    return usage.requests(endpoint, run, now - hour, now + minute)


def _wake(cloud: Cloud) -> None:
    refused = cloud.predict(MODEL, "a lovely film")
    assert (refused.status_code, refused.json()["error"]["code"]) == (
        503,
        "model_waking",
    )
    assert int(refused.headers["Retry-After"]) > 0
    eventually(
        "the model answers again",
        lambda: cloud.predict(MODEL, "a lovely film").status_code == 200,
    )
    assert _status(cloud) == "InService"


def test_a_model_that_was_put_to_sleep_wakes_with_the_next_prediction(
    cloud: Cloud, run: str
) -> None:
    assert cloud.predict(MODEL, "a lovely film").status_code == 200
    assert cloud.http.post(f"/models/{MODEL}/sleep").status_code == 200
    eventually("it sleeps", lambda: _status(cloud) == "asleep")
    eventually(
        "nothing bills",
        lambda: not [name for name in cloud.endpoints() if MODEL in name],
    )
    _wake(cloud)
    assert [item["run"] for item in cloud.runs(MODEL)] == [run]


@pytest.mark.slow
def test_a_model_that_nobody_uses_is_put_to_sleep_by_the_sweep(
    cloud: Cloud, run: str
) -> None:
    assert cloud.predict(MODEL, "a lovely film").status_code == 200
    eventually("CloudWatch counts", lambda: _requests(cloud, run) > 0)

    def sleeps_after_a_sweep() -> bool:
        cloud.invoke_sweep()
        return _status(cloud) == "asleep"

    assert not sleeps_after_a_sweep()
    eventually("it sleeps", sleeps_after_a_sweep, timeout=180, pause=15)
    _wake(cloud)
