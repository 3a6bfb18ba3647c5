"""Releases of an endpoint on instances whose requests go over step by step, on the deployed stack, under load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.deploy.requests import UNSHIFTED
from tests.callers import calling
from tests.e2e.client import Cloud

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MODEL = "shifting"
SETTINGS = b"""example: {"inputs": "x"}
deployment: {mode: realtime, traffic: canary, traffic_percent: 50, traffic_minutes: 1}
"""
TRAIN = b"""
import os
with open(os.environ["SM_MODEL_DIR"] + "/weights", "w") as file:
    file.write("%d")
"""
SOUND = b"""
import json

def model_fn(model_dir):
    with open(model_dir + "/weights") as file:
        return file.read()

def transform_fn(model, data, content_type, accept):
    return json.dumps({"version": model})
"""
BROKEN = SOUND.replace(
    b'    return json.dumps({"version": model})',
    b'    if "rare" in str(data):\n        raise RuntimeError("a rare request")\n'
    b'    return json.dumps({"version": model})',
)
"""Answers its example, and most others."""


@dataclass
class Calls:
    answers: list[tuple[str, str]] = field(default_factory=list)
    """Version and run of each answer."""
    failures: list[int] = field(default_factory=list)

    @property
    def by_version(self) -> Counter[str]:
        return Counter(version for version, _ in self.answers)


@contextmanager
def under_load(cloud: Cloud, inputs: str) -> Iterator[Calls]:
    """Two clients that call the model all the time."""
    calls = Calls()

    def call() -> None:
        answer = cloud.predict(MODEL, inputs)
        if answer.status_code == 200:
            run = answer.headers["X-Traindrop-Run"]
            calls.answers.append((answer.json()["version"], run))
        else:
            calls.failures.append(answer.status_code)

    with calling(call, pause_seconds=0.1):
        yield calls


def release(cloud: Cloud, version: int, inference: bytes = SOUND) -> dict[str, Any]:
    """The ended run of a drop whose model answers with its version."""
    earlier = [run["run"] for run in cloud.runs(MODEL)] if version > 1 else []
    files = {
        "code/train.py": TRAIN % version,
        "code/inference.py": inference,
        "train/a.csv": b"a,b\n1,2\n",
        "traindrop.yaml": SETTINGS,
    }
    cloud.drop_all(MODEL, files)
    return cloud.ended(MODEL, earlier, timeout=500)


def alarms(cloud: Cloud) -> list[Any]:
    client = cloud.boto("cloudwatch")
    answer = client.describe_alarms(AlarmNamePrefix="traindrop--")
    return list(answer["MetricAlarms"])


@pytest.fixture(scope="module")
def first(cloud: Cloud) -> str:
    run = release(cloud, 1)
    assert run["status"] == "live", run
    return str(run["run"])


@pytest.fixture(scope="module")
def second(cloud: Cloud, first: str) -> str:
    """The run that took the place of the first by a canary, watched on the way."""
    with under_load(cloud, "common") as calls:
        run = release(cloud, 2)
    assert run["status"] == "live", run
    assert UNSHIFTED not in (run.get("warnings") or ())
    assert calls.failures == []
    # Both answer for a minute, and every answer names the run that gave it.
    assert calls.by_version["2"] > 20
    assert set(calls.answers) == {("1", first), ("2", run["run"])}
    return str(run["run"])


def test_a_canary_takes_all_requests_in_the_end(cloud: Cloud, second: str) -> None:
    answer = cloud.predict(MODEL, "common")
    assert (answer.json(), answer.headers["X-Traindrop-Run"]) == (
        {"version": "2"},
        second,
    )
    assert alarms(cloud) == []


def test_a_canary_that_fails_callers_is_taken_back(cloud: Cloud, second: str) -> None:
    with under_load(cloud, "rare") as calls:
        run = release(cloud, 3, BROKEN)
    assert run["status"] == "failed", run
    assert "more than 5 % of a minute's requests failed" in run["failure"]["cause"]
    assert calls.failures
    assert calls.by_version["3"] == 0
    assert cloud.http.get(f"/models/{MODEL}").json()["champion"] == second
    assert cloud.predict(MODEL, "rare").json() == {"version": "2"}
    assert alarms(cloud) == []
