from __future__ import annotations

import json
from pathlib import Path

from tests.unit.functions.drops import Desk
from tests.unit.functions.inspect.saved_datasets import SCRIPT


def test_a_scripts_spec_and_record_say_what_is_run(tmp_path: Path) -> None:
    desk = Desk()
    files: dict[str, bytes | str] = {
        "train.csv": "anything",
        "test.csv": "any",
        "images/a.png": b"x",
        **SCRIPT,
    }
    seen = desk.inspect(
        {
            **files,
            "traindrop.yaml": "hyperparameters:\n  model_name: org/base\n  depth: 3\n",
        }
    )
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert (
        spec["script"],
        spec["code"],
        spec["base_model"],
        spec["data"]["channels"],
    ) == (
        True,
        True,
        "org/base",
        ["images", "test", "train"],
    )
    assert spec["hyperparameters"] == {"model_name": "org/base", "depth": 3}
    assert seen["data"]["form"] == "files for your training script"
    assert seen["data"]["channels"] == {"images": 1, "test": 3, "train": 8}
    assert seen["data"]["reasons"] == [
        "code/train.py is run as it is: the rows are its own business and were not checked.",
        "Channel images: 1 file.",
        "Channel test: 1 file.",
        "Channel train: 1 file.",
    ]


def test_an_inference_script_beside_a_training_script_is_warned_of_too() -> None:
    seen = Desk().inspect(
        {"train.csv": "x", **SCRIPT, "code/inference.py": "def load_fn(d): ...\n"}
    )
    assert seen["warnings"] == [
        "code/inference.py: load_fn is never called; the hook that loads the model is called model_fn."
    ]


def test_a_scripts_task_is_the_one_that_is_set() -> None:
    desk = Desk()
    run = desk.inspect(
        {
            "train.csv": "x",
            **SCRIPT,
            "traindrop.yaml": "task: ner\nexample:\n  inputs: fine\n",
        }
    )["run"]
    spec = desk.bucket.document(run, "spec.json")
    assert (spec["task"], spec["example"]) == (
        "token-classification",
        {"inputs": "fine"},
    )
    assert (
        json.loads(desk.bucket.objects[f"runs/{run}/profile.json"])["form"]
        == "files for your training script"
    )
