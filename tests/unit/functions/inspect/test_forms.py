"""How the files of a drop are laid out, and what each layout becomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from functions.common.drop import files_of, locate
from functions.inspect.layouts import Plan, plan_of
from functions.inspect.parts import DropFiles
from functions.inspect.settings_file import NONE
from tests.unit.functions.drops import Bucket, Desk, reviews

ROWS = Dataset.from_dict({"text": [f"film {i}" for i in range(40)], "label": [0, 1] * 20})
SCRIPT: dict[str, bytes | str] = {"code/train.py": "print('trained')\n"}


def saved(folder: Path, data: Dataset | DatasetDict, shards: int = 1) -> dict[str, bytes | str]:
    """The files that `save_to_disk` writes, by their names below the folder."""
    numbers = dict.fromkeys(data, shards) if isinstance(data, DatasetDict) else None
    if numbers:
        data.save_to_disk(str(folder), num_shards=numbers)
    else:
        data.save_to_disk(str(folder), num_shards=shards)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def below(prefix: str, files: dict[str, bytes | str]) -> dict[str, bytes | str]:
    return {f"{prefix}{name}": content for name, content in files.items()}


def splits(files: dict[str, bytes | str]) -> dict[str, list[str]]:
    """What a drop of these files is planned as: its splits' files."""
    bucket = Bucket()
    for name, content in files.items():
        bucket.drop(f"datasets/m/{name}", content)
    place = locate("datasets/m/x")
    assert place is not None
    plan = plan_of(DropFiles.of(files_of(place, bucket.list(place.prefix))), NONE)
    assert isinstance(plan, Plan), plan
    return {split: [file.name for file in result] for split, result in plan.splits.items()}


def test_a_saved_dataset_dict_has_its_splits(tmp_path: Path) -> None:
    files = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}))
    assert splits(files) == {
        "train": ["train/data-00000-of-00001.arrow"],
        "test": ["test/data-00000-of-00001.arrow"],
    }


def test_the_folder_of_a_saved_dataset_may_lie_in_the_models(tmp_path: Path) -> None:
    files = below("my data/", saved(tmp_path, DatasetDict({"train": ROWS, "dev": ROWS})))
    assert splits(files) == {
        "train": ["my data/train/data-00000-of-00001.arrow"],
        "validation": ["my data/dev/data-00000-of-00001.arrow"],
    }


def test_splits_may_be_saved_one_by_one(tmp_path: Path) -> None:
    files = below("train/", saved(tmp_path / "a", ROWS)) | below(
        "test/", saved(tmp_path / "b", ROWS)
    )
    assert list(splits(files)) == ["train", "test"]


@pytest.mark.parametrize("prefix", ["", "reviews/"])
def test_one_saved_dataset_is_split(tmp_path: Path, prefix: str) -> None:
    assert splits(below(prefix, saved(tmp_path, ROWS))) == {
        "train": [f"{prefix}data-00000-of-00001.arrow"]
    }


def test_every_shard_belongs_to_its_split_and_a_cache_to_none(tmp_path: Path) -> None:
    files = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}), shards=3)
    result = splits({**files, "train/cache-1a2b.arrow": b"x", "train/tmpabc.arrow": b"x"})
    assert result["train"] == [f"train/data-0000{i}-of-00003.arrow" for i in range(3)]


def test_the_rows_of_a_saved_dataset_are_read(tmp_path: Path) -> None:
    texts = [f"a film of kind {i}" for i in range(40)]
    rows = Dataset.from_dict({"text": texts, "label": ["bad", "good"] * 20})
    data = DatasetDict({"train": rows.select(range(30)), "test": rows.select(range(30, 40))})
    desk = Desk()
    seen = desk.inspect(below("films/", saved(tmp_path, data, shards=2)))
    assert (seen["outcome"], seen["data"]["form"], seen["data"]["rows"]) == (
        "ready",
        "a dataset saved by save_to_disk",
        {"train": 30, "test": 10},
    )
    assert [row["text"] for row in desk.bucket.rows(seen["run"], "test")] == texts[30:]


def test_the_rows_of_one_saved_dataset_are_split(tmp_path: Path) -> None:
    rows = Dataset.from_dict(
        {"text": [f"a film of kind {i}" for i in range(40)], "label": ["bad", "good"] * 20}
    )
    assert Desk().inspect(saved(tmp_path, rows))["data"]["rows"] == {"train": 32, "test": 8}


@pytest.mark.parametrize(
    ("folder", "split"),
    [("Train", "train"), ("valid", "validation"), ("DEV", "validation"), ("Test", "test")],
)
def test_split_folders_are_known_by_any_of_their_names(folder: str, split: str) -> None:
    result = splits({"train/a.csv": "x", f"{folder}/b.csv": "x"})
    assert f"{folder}/b.csv" in result[split]


def test_files_of_split_folders_are_read_in_order() -> None:
    desk = Desk()
    seen = desk.inspect(
        {
            "train/part-1.csv": reviews(),
            "train/part-0.jsonl": '{"text": "so fine", "label": "good"}\n',
            "test/a.tsv": reviews(6, start=60).replace(",", "\t"),
        }
    )
    assert (seen["outcome"], seen["data"]["form"], seen["data"]["rows"]) == (
        "ready",
        "split folders",
        {"train": 21, "test": 6},
    )
    assert desk.bucket.rows(seen["run"], "train")[0]["text"] == "so fine"


def test_a_script_gets_its_files_as_channels(tmp_path: Path) -> None:
    desk = Desk()
    data = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}), shards=2)
    settings = {
        "traindrop.yaml": "hyperparameters:\n  epochs: 2\n  model_name_or_path: org/base\n  flag: true\n"
    }
    files: dict[str, bytes | str] = {**data, **SCRIPT, "code/lib.py": "x = 1", **settings}
    seen = desk.inspect(files)
    run = seen["run"]
    assert (seen["outcome"], seen["task"], seen["warnings"]) == ("ready", "", [])
    copied = {
        key.removeprefix(f"runs/{run}/data/"): content
        for key, content in desk.bucket.objects.items()
        if key.startswith(f"runs/{run}/data/")
    }
    assert copied == {name: content for name, content in data.items() if "/" in name}
    assert desk.bucket.objects[f"runs/{run}/code/train.py"] == b"print('trained')\n"
    assert desk.bucket.objects[f"runs/{run}/code/lib.py"] == b"x = 1"


def test_a_scripts_spec_and_record_say_what_is_run(tmp_path: Path) -> None:
    desk = Desk()
    files: dict[str, bytes | str] = {
        "train.csv": "anything",
        "test.csv": "any",
        "images/a.png": b"x",
        **SCRIPT,
    }
    seen = desk.inspect(
        {**files, "traindrop.yaml": "hyperparameters:\n  model_name: org/base\n  depth: 3\n"}
    )
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert (spec["script"], spec["code"], spec["base_model"], spec["data"]["channels"]) == (
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


def test_too_many_folders_for_a_job_are_refused() -> None:
    seen = Desk().inspect({**{f"part{i}/a.csv": "x" for i in range(17)}, **SCRIPT})
    assert [problem["message"] for problem in seen["problems"]] == [
        "expected at most 16 folders of data; found 17. Put several into one folder."
    ]


def test_a_scripts_task_is_the_one_that_is_set() -> None:
    desk = Desk()
    run = desk.inspect(
        {"train.csv": "x", **SCRIPT, "traindrop.yaml": "task: ner\nexample:\n  inputs: fine\n"}
    )["run"]
    spec = desk.bucket.document(run, "spec.json")
    assert (spec["task"], spec["example"]) == ("token-classification", {"inputs": "fine"})
    assert (
        json.loads(desk.bucket.objects[f"runs/{run}/profile.json"])["form"]
        == "files for your training script"
    )
