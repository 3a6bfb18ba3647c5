from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.functions.api.client import Client


@pytest.fixture
def on_instances(live_model: Client) -> Client:
    """A live model whose endpoint bills by the hour."""
    live_model.ledger.model_records["reviews"]["mode"] = "realtime"
    return live_model


def test_a_model_sleeps_and_wakes(traindrop: Run, on_instances: Client) -> None:
    sleeping = "reviews is asleep. Wake it: traindrop wake reviews"
    assert traindrop("sleep", "reviews", "--yes")[:2] == (0, sleeping)
    (endpoint,) = on_instances.sagemaker.endpoints.values()
    assert endpoint["EndpointStatus"] == "Deleting"
    on_instances.sagemaker.endpoints.clear()
    code, printed, _ = traindrop("wake", "reviews")
    assert code == 0
    assert printed.startswith("reviews wakes, which takes minutes on AWS.")
    assert len(on_instances.sagemaker.endpoints) == 1
    assert traindrop("wake", "reviews")[1] == "reviews is awake."


def test_programs_get_the_apis_words(traindrop: Run, on_instances: Client) -> None:
    asleep = json.loads(traindrop("sleep", "reviews", "--yes", "--json")[1])
    assert (asleep["model"], asleep["status"]) == ("reviews", "asleep")
    waking = json.loads(traindrop("wake", "reviews", "--json")[1])
    assert waking == {"model": "reviews", "waking": True}


def test_nothing_sleeps_without_consent_or_on_demand(
    traindrop: Run, on_instances: Client
) -> None:
    code, _, errors = traindrop("sleep", "reviews")
    assert (code, "Its callers wait until its endpoint" in errors) == (1, True)
    on_instances.ledger.model_records["reviews"]["mode"] = "serverless"
    code, _, errors = traindrop("sleep", "reviews", "--yes")
    assert (code, "it bills nothing while nobody uses it" in errors) == (1, True)
    assert len(on_instances.sagemaker.endpoints) == 1
