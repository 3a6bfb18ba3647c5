"""`model.tar.gz` through Inspect: what is deployed, and what is refused word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from functions.inspect import model_archive
from functions.inspect.preparation import archive as route
from inference.archive import load
from tests.unit.functions.archives import WHOLE, names, pack, pack_folder, unpack
from tests.unit.functions.broken_archives import ARCHIVES, FILES, FLIPPED
from tests.unit.functions.drops import Desk, messages
from tests.unit.inference.tiny import LABELS, add_shim, build_model

HOOKS = "def model_fn(model_dir):\n    return 'm'\n\ndef transform_fn(model, body, kind, accept):\n    return model\n"
UNVERIFIED = (
    "No request is known that this model answers, so only its health is checked: "
    "give one under `example:` in traindrop.yaml."
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize(("content", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_cannot_be_deployed_is_refused(content: bytes, message: str) -> None:
    assert messages({"model.tar.gz": content}) == [message]


@pytest.mark.parametrize(("files", "message"), FILES.values(), ids=FILES)
def test_what_cannot_lie_beside_an_archive_is_refused(
    files: dict[str, bytes | str], message: str
) -> None:
    assert messages(files) == [message]


def test_damage_that_still_unpacks_is_found_by_the_checksum() -> None:
    content, message = FLIPPED
    assert re.search(message, messages({"model.tar.gz": content})[0])


def test_a_larger_archive_than_can_be_copied_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "MAX_BYTES", 100)
    content = pack(WHOLE)
    assert messages({"model.tar.gz": content}) == [
        f"model.tar.gz: expected an archive of at most 0 GiB; found {len(content)} bytes. "
        "Put the model on the Hugging Face Hub and name it under hub: in traindrop.yaml."
    ]


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_archive, "MAX_UNPACKED", 10_000)
    assert messages({"model.tar.gz": pack(WHOLE)}) == [
        "model.tar.gz: expected at most 0 GiB when unpacked; found more. "
        "Pack the model's files with: tar -C <folder of the model> -czf model.tar.gz ."
    ]


def test_an_archive_without_code_is_given_code_and_answers(model: Path, tmp_path: Path) -> None:
    desk = Desk()
    seen = desk.inspect({"model.tar.gz": pack_folder(model)})
    assert (seen["outcome"], seen["task"], seen["warnings"]) == (
        "deployable",
        "text-classification",
        [],
    )
    run = seen["run"]
    written = desk.bucket.objects[f"models/{run}/model.tar.gz"]
    assert {
        "config.json",
        "model.safetensors",
        "code/inference.py",
        "code/traindrop/archive.py",
    } <= {*names(written)}
    answer = json.loads(load(unpack(written, tmp_path)).invoke(b'{"inputs": "a good film"}'))
    assert answer[0]["label"] in LABELS


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


@pytest.mark.parametrize("name", ["model.tar.gz", "my.model.TGZ", "Model.Tar.Gz"])
def test_any_name_of_an_archive_is_taken(name: str) -> None:
    assert Desk().inspect({name: pack(WHOLE)})["outcome"] == "deployable"


@pytest.mark.parametrize(
    "weights", ["pytorch_model.bin", "model-00001-of-00002.safetensors", "model.pt"]
)
def test_weights_of_every_kind_are_taken(weights: str) -> None:
    files = {"config.json": WHOLE["config.json"], weights: b"x", "vocab.txt": "x"}
    assert Desk().inspect({"model.tar.gz": pack(files)})["outcome"] == "deployable"


def test_an_archive_with_code_of_its_own_stays_as_it_is() -> None:
    desk, content = Desk(), pack({**WHOLE, "code/inference.py": HOOKS, "code/helpers.py": "x = 1"})
    seen = desk.inspect({"model.tar.gz": content})
    assert desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"] == content
    assert seen["hooks"] == ["model_fn", "transform_fn"]
    assert seen["data"]["reasons"][-1] == "Served by its own inference.py."
    assert seen["warnings"] == [UNVERIFIED]


def test_an_archive_that_traindrop_trained_is_known_as_such(model: Path, tmp_path: Path) -> None:
    folder = add_shim(unpack(pack_folder(model), tmp_path))
    desk, content = Desk(), pack_folder(folder)
    seen = desk.inspect({"model.tar.gz": content})
    assert desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"] == content
    assert (seen["task"], "hooks" in seen, seen["warnings"]) == ("text-classification", False, [])


def test_a_model_of_another_kind_needs_nothing_but_its_hook() -> None:
    seen = Desk().inspect(
        {"model.tar.gz": pack({"./model.pkl": "x", "./code/inference.py": HOOKS})}
    )
    assert (seen["outcome"], seen["task"]) == ("deployable", "")
    assert seen["data"]["reasons"][1] == "Task: its own, by its architecture a model of your own."


def test_dropped_code_is_added(tmp_path: Path) -> None:
    desk = Desk()
    files: dict[str, bytes | str] = {
        "model.tar.gz": pack(WHOLE),
        "code/inference.py": HOOKS,
        "code/more/a.py": "x = 1",
    }
    seen = desk.inspect(files)
    assert seen["outcome"] == "deployable"
    assert seen["data"]["files"] == ["model.tar.gz", "code/inference.py", "code/more/a.py"]
    folder = unpack(desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"], tmp_path)
    assert (folder / "code" / "inference.py").read_text() == HOOKS
    assert (folder / "code" / "more" / "a.py").read_text() == "x = 1"
    assert load(folder).invoke(b"anything", "text/csv") == b"m"


def test_a_dropped_file_takes_the_place_of_the_archives(tmp_path: Path) -> None:
    desk = Desk()
    old = pack({**WHOLE, "./code/inference.py": "old = 1", "./code/big.bin": b"x" * 5_000_000})
    seen = desk.inspect({"model.tar.gz": old, "code/inference.py": HOOKS})
    written = desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"]
    assert len(names(written)) == len({*names(written)})
    folder = unpack(written, tmp_path)
    assert (folder / "code" / "inference.py").read_text() == HOOKS
    assert (folder / "code" / "big.bin").stat().st_size == 5_000_000


def test_requirements_alone_leave_the_archives_code_in_place(tmp_path: Path) -> None:
    desk = Desk()
    seen = desk.inspect(
        {
            "model.tar.gz": pack({**WHOLE, "code/inference.py": HOOKS}),
            "code/requirements.txt": "torch\n",
        }
    )
    folder = unpack(desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"], tmp_path)
    assert (folder / "code" / "inference.py").read_text() == HOOKS
    assert (folder / "code" / "requirements.txt").read_text() == "torch\n"
    assert seen["hooks"] == ["model_fn", "transform_fn"]


def test_code_in_an_archive_under_other_names_harms_nothing(tmp_path: Path) -> None:
    desk = Desk()
    seen = desk.inspect({"model.tar.gz": pack({**WHOLE, "code/notes.py": "x = 1"})})
    folder = unpack(desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"], tmp_path)
    assert (folder / "code" / "notes.py").read_text() == "x = 1"
    assert (folder / "code" / "traindrop" / "archive.py").is_file()


def test_a_former_name_of_a_hook_in_the_archive_is_warned_of() -> None:
    seen = Desk().inspect(
        {"model.tar.gz": pack({**WHOLE, "code/inference.py": "def load_fn(d): ...\n"})}
    )
    assert seen["warnings"] == [
        "code/inference.py: load_fn is never called; the hook that loads the model is called model_fn."
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
    assert seen["data"]["reasons"][1] == "Task: text-classification, as traindrop.yaml says."
