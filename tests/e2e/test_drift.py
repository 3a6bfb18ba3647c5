"""Predictions that become unlike the data of their model, on the deployed stack: counted, compared, mailed."""

from __future__ import annotations

import pytest

from tests.e2e.client import STACK, Cloud
from tests.e2e.inbox import Inbox

MODEL = "drifting"
CALLS, INPUTS_PER_CALL = 7, 32
"""More answers than the 200 of which a difference is believed."""
LONG_TEXT = "a lovely film " * 50


@pytest.fixture(scope="module")
def inbox(cloud: Cloud) -> Inbox:
    return Inbox(cloud, "Topic")


def sweep_again(cloud: Cloud) -> None:
    """As a day later: what an earlier sweep noted of the model's predictions is forgotten."""
    table = cloud.boto("dynamodb")
    (name,) = [item for item in table.list_tables()["TableNames"] if STACK in item]
    table.update_item(
        TableName=name,
        Key={"pk": {"S": f"model#{MODEL}"}, "sk": {"S": "model"}},
        UpdateExpression="REMOVE drift",
    )
    answer = cloud.invoke_sweep()
    assert answer["outcome"] == "swept", answer


def test_texts_that_are_longer_than_those_of_the_data_are_mailed(
    cloud: Cloud, inbox: Inbox
) -> None:
    cloud.live_model(MODEL)
    sweep_again(cloud)
    quiet = cloud.http.get(f"/models/{MODEL}").json()["drift"]
    assert quiet["answers"] == 0
    assert "changes" not in quiet
    for _ in range(CALLS):
        answer = cloud.predict(MODEL, [LONG_TEXT] * INPUTS_PER_CALL)
        assert answer.status_code == 200, answer.text
    sweep_again(cloud)
    model = cloud.http.get(f"/models/{MODEL}").json()
    drift = model["drift"]
    assert (drift["run"], drift["answers"]) == (
        model["champion"],
        CALLS * INPUTS_PER_CALL,
    )
    assert drift["long_share"] == 1.0
    assert "100 % of the texts are longer" in drift["changes"][-1]
    mail = inbox.message_with(f"The predictions of {MODEL}")
    assert "100 % of the texts are longer" in mail
