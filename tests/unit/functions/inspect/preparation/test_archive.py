from __future__ import annotations

import json
from pathlib import Path

from inference.archive import load
from tests.unit.functions.archives import WHOLE, names, pack, pack_folder, unpack
from tests.unit.functions.drops import Desk
from tests.unit.inference.model_folder import LABELS, add_shim

HOOKS = "def model_fn(model_dir):\n    return 'm'\n\ndef transform_fn(model, body, kind, accept):\n    return model\n"


UNVERIFIED = (
    "No request is known that this model answers, so only its health is checked: "
    "give one under `example:` in traindrop.yaml."
)


def test_an_archive_without_code_is_given_code_and_answers(
    model: Path, tmp_path: Path
) -> None:
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
    answer = json.loads(
        load(unpack(written, tmp_path)).invoke(b'{"inputs": "a good film"}')
    )
    assert answer[0]["label"] in LABELS


def test_an_archive_with_code_of_its_own_stays_as_it_is() -> None:
    desk, content = (
        Desk(),
        pack({**WHOLE, "code/inference.py": HOOKS, "code/helpers.py": "x = 1"}),
    )
    seen = desk.inspect({"model.tar.gz": content})
    assert desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"] == content
    assert seen["hooks"] == ["model_fn", "transform_fn"]
    assert seen["data"]["reasons"][-1] == "Served by its own inference.py."
    assert seen["warnings"] == [UNVERIFIED]


def test_an_archive_that_traindrop_trained_is_known_as_such(
    model: Path, tmp_path: Path
) -> None:
    folder = add_shim(unpack(pack_folder(model), tmp_path))
    desk, content = Desk(), pack_folder(folder)
    seen = desk.inspect({"model.tar.gz": content})
    assert desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"] == content
    assert (seen["task"], "hooks" in seen, seen["warnings"]) == (
        "text-classification",
        False,
        [],
    )


def test_a_model_of_another_kind_needs_nothing_but_its_hook() -> None:
    seen = Desk().inspect(
        {"model.tar.gz": pack({"./model.pkl": "x", "./code/inference.py": HOOKS})}
    )
    assert (seen["outcome"], seen["task"]) == ("deployable", "")
    assert (
        seen["data"]["reasons"][1]
        == "Task: its own, by its architecture a model of your own."
    )


def test_dropped_code_is_added(tmp_path: Path) -> None:
    desk = Desk()
    files: dict[str, bytes | str] = {
        "model.tar.gz": pack(WHOLE),
        "code/inference.py": HOOKS,
        "code/more/a.py": "x = 1",
    }
    seen = desk.inspect(files)
    assert seen["outcome"] == "deployable"
    assert seen["data"]["files"] == [
        "model.tar.gz",
        "code/inference.py",
        "code/more/a.py",
    ]
    folder = unpack(desk.bucket.objects[f"models/{seen['run']}/model.tar.gz"], tmp_path)
    assert (folder / "code" / "inference.py").read_text() == HOOKS
    assert (folder / "code" / "more" / "a.py").read_text() == "x = 1"
    assert load(folder).invoke(b"anything", "text/csv") == b"m"


def test_a_dropped_file_takes_the_place_of_the_archives(tmp_path: Path) -> None:
    desk = Desk()
    old = pack(
        {**WHOLE, "./code/inference.py": "old = 1", "./code/big.bin": b"x" * 5_000_000}
    )
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
