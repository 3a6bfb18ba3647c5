from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.documents import ContractError
from contracts.spec import Deployment, Gate, HubSource, Serving, Spec
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.specs import RUN, spec

ROOT = Path(__file__).parents[3]
OF_THE_HUB: dict[str, Any] = spec(
    serving={"engine": "torch", "max_metric_loss": 0.01},
    gate={"metric": "accuracy", "min_gain": 0.1, "must_beat_champion": True},
    data={"prefix": f"runs/{RUN}/data/", "rows": {}},
    files=[
        {
            "key": "datasets/reviews/traindrop.yaml",
            "size": 9,
            "etag": "e",
            "version_id": "v",
        }
    ],
    archive=f"models/{RUN}/model.tar.gz",
    code=True,
    hooks=["input_fn", "model_fn"],
    example={"inputs": "a"},
    hub={"model_id": "org/model", "revision": "", "token_secret": None},
)
OF_A_SCRIPT: dict[str, Any] = spec(
    serving={},
    script=True,
    data={"prefix": f"runs/{RUN}/data/", "rows": {}, "channels": ["train", "test"]},
)


@pytest.mark.parametrize(
    "content",
    [spec(serving={}), OF_THE_HUB, OF_A_SCRIPT],
    ids=["rows", "hub", "script"],
)
def test_a_spec_is_written_as_it_was_read(content: dict[str, Any]) -> None:
    assert Spec.read(content).write() == content


def test_what_a_spec_says_has_names() -> None:
    read = Spec.read(OF_THE_HUB)
    assert read.compute.instance_types == ("ml.a", "ml.b", "ml.c")
    assert read.gate == Gate("accuracy", 0.1, must_beat_champion=True)
    assert read.serving == Serving(engine="torch", max_metric_loss=0.01)
    assert read.hub == HubSource("org/model", "", None)
    assert read.files[0].version_id == "v"


def test_the_settings_of_a_deployment_are_the_modes_own() -> None:
    deployment = Deployment.read({"mode": "asleep", "pillows": 2})
    assert (deployment.mode, deployment.settings) == ("asleep", {"pillows": 2})
    assert deployment.write() == {"mode": "asleep", "pillows": 2}


def test_a_wrong_field_is_named() -> None:
    wrong = spec(compute={"volume_gb": "large"})
    with pytest.raises(
        ContractError,
        match=r'^spec\.json, compute\.volume_gb: expected a whole number; found "large"',
    ):
        Spec.read(wrong)


def test_inspect_writes_what_is_read() -> None:
    desk = Desk()
    run = desk.inspect({"reviews.csv": reviews()})["run"]
    written = json.loads(desk.bucket.objects[f"runs/{run}/spec.json"])
    assert Spec.read(written).write() == written
    assert Spec.read(written).extra == {}


def test_the_documented_spec_is_read() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    _, _, after = page.partition("## `spec.json`\n\n```json\n")
    content = json.loads(after.partition("```")[0])
    assert Spec.read(content).write() == {**content, "variant": ""}
