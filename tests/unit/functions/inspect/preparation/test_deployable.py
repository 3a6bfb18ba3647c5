from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions.inspect.preparation import archive as route
from tests.unit.functions.archives import WHOLE, pack, pack_folder
from tests.unit.functions.drops import Desk, messages
from tests.unit.inference.model_folder import LABELS


def test_a_larger_archive_than_can_be_copied_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(route, "MAX_BYTES", 100)
    content = pack(WHOLE)
    assert messages({"model.tar.gz": content}) == [
        f"model.tar.gz: expected an archive of at most 0 GiB; found {len(content)} bytes. "
        "Put the model on the Hugging Face Hub and name it under hub: in traindrop.yaml."
    ]


def test_its_spec_and_record_say_what_it_is(model: Path) -> None:
    desk = Desk()
    seen = desk.inspect({"model.tar.gz": pack_folder(model)})
    run, spec = seen["run"], desk.bucket.document(seen["run"], "spec.json")
    assert spec["archive"] == f"models/{run}/model.tar.gz"
    assert (spec["task"], spec["labels"], spec["data"]["rows"]) == (
        "text-classification",
        list(LABELS),
        {},
    )
    assert spec["deployment"]["mode"] == "serverless"
    assert spec["example"] == {"inputs": spec["example"]["inputs"]}
    assert "hooks" not in seen
    assert seen["data"] == {
        "form": "a model archive",
        "files": ["model.tar.gz"],
        "labels": list(LABELS),
        "label_count": 3,
        "reasons": [
            "Deployed as it is, 4 files, without training.",
            "Task: text-classification, by its architecture BertForSequenceClassification.",
            "Served by Traindrop's code.",
        ],
    }
    assert json.loads(desk.bucket.objects[f"models/{run}/verification.json"]) == {
        "tolerance": 0.0,
        "rows": [{"request": spec["example"]}],
    }


def test_what_is_left_in_the_bucket(model: Path) -> None:
    desk = Desk()
    run = desk.inspect({"model.tar.gz": pack_folder(model)})["run"]
    assert sorted(desk.bucket.objects) == [
        "datasets/reviews/model.tar.gz",
        f"models/{run}/model.tar.gz",
        f"models/{run}/verification.json",
        f"runs/{run}/profile.json",
        f"runs/{run}/spec.json",
    ]


def test_settings_beside_the_archive_hold() -> None:
    desk = Desk()
    yaml = "task: sentiment-analysis\ndeployment:\n  mode: realtime\nexample:\n  inputs: fine\n"
    seen = desk.inspect(
        {"model.tar.gz": pack(WHOLE | {"config.json": "{}"}), "traindrop.yaml": yaml}
    )
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert (seen["outcome"], seen["task"], seen["example"]) == (
        "deployable",
        "text-classification",
        {"inputs": "fine"},
    )
    assert spec["deployment"]["mode"] == "realtime"
    assert (
        seen["data"]["reasons"][1]
        == "Task: text-classification, as traindrop.yaml says."
    )
