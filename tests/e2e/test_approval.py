"""A model that needs a person's approval, on the deployed stack: held, approved, live."""

from __future__ import annotations

from typing import Any

from tests.e2e.client import Cloud, eventually

MODEL = "approved-reviews"
SETTINGS = b"gate: {approval: required, approval_days: 2}\n"


def _live_run(cloud: Cloud, name: str) -> dict[str, Any] | None:
    run = cloud.run(name)
    return run if run["status"] == "live" else None


def test_a_model_is_live_once_somebody_approves_it(cloud: Cloud, live: str) -> None:
    cloud.drop(MODEL, SETTINGS, "traindrop.yaml")
    cloud.drop(MODEL, cloud.archive_of(live), "model.tar.gz")
    held = cloud.ended(MODEL)
    assert (held["status"], held["approval"].get("decision")) == ("kept back", None)
    assert cloud.predict(MODEL, "a lovely film").status_code == 409
    listed = cloud.http.get(f"/models/{MODEL}/releases").json()["releases"]
    assert [line["state"] for line in listed] == ["waiting for approval"]
    names = (cloud.endpoints(), cloud.models())
    assert [name for kind in names for name in kind if MODEL in name] == []

    answer = cloud.http.post(f"/runs/{held['run']}/approve")
    assert answer.status_code == 202, answer.text
    run = eventually(
        "the approved run is live",
        lambda: _live_run(cloud, held["run"]),
    )
    assert run["approval"]["decision"] == "approved"
    assert run["promotion"]["kind"] == "approval"
    assert cloud.predict(MODEL, "a lovely film").status_code == 200
    rejected = cloud.http.post(f"/runs/{held['run']}/reject")
    assert rejected.json()["error"]["code"] == "approved_already"
