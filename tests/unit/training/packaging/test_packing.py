from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contracts.evaluation import TrainingFacts
from contracts.spec import Spec
from inference.archive import load
from tasks import get_task
from tests.tiny_model import build
from training.evaluation.evaluation import evaluate, summary
from training.inputs.base_model import load_base
from training.model_card import CardInfo, model_card
from training.packaging.packing import pack, pack_code
from training.recipes import recipe_of

LABELS = ["negative", "so: \"la\" | 'la'"]
RECIPE = recipe_of(get_task("text-classification"), LABELS)
ROWS = [{"text": f"good film {n}", "label": LABELS[n % 2]} for n in range(20)]
CODE = (
    "inference.py",
    "traindrop/__init__.py",
    "traindrop/archive.py",
    "tasks/registry.py",
    "contracts/problems.py",
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    model, tokenizer = load_base(RECIPE.trainer, str(build(folder / "base")))
    tokenizer.model_max_length = 24
    pack(model, tokenizer, folder / "model", "text-classification", {"prefix": "say: "})
    return folder / "model"


def test_the_layout_is_the_hosting_containers(packed: Path) -> None:
    files = {
        path.relative_to(packed).as_posix()
        for path in packed.rglob("*")
        if path.is_file()
    }
    top = {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert top | {f"code/{name}" for name in CODE} <= files
    assert not [name for name in files if name.endswith((".bin", ".pyc", ".pt"))]


def test_the_config_names_the_labels_and_serving_cuts_where_training_did(
    packed: Path,
) -> None:
    config = json.loads((packed / "config.json").read_text())
    assert config["id2label"] == {"0": LABELS[0], "1": LABELS[1]}
    assert config["task_specific_params"] == {
        "text-classification": {"prefix": "say: "}
    }
    assert config["label2id"] == {LABELS[0]: 0, LABELS[1]: 1}
    assert (
        json.loads((packed / "tokenizer_config.json").read_text())["model_max_length"]
        == 24
    )


def test_the_packed_folder_answers_with_label_names(packed: Path) -> None:
    answer = json.loads(
        load(packed).invoke(b'{"inputs": "good film", "parameters": {"top_k": null}}')
    )
    assert {item["label"] for item in answer} == set(LABELS)


def test_the_model_card_is_readable_front_matter_and_tables() -> None:
    import numpy as np  # noqa: PLC0415
    import yaml  # noqa: PLC0415

    outcome = [np.array([1.0, 0.0])] * 20
    facts = TrainingFacts(
        rows=20, epochs=2.0, seconds=3.0, rows_per_second=13.3, device="cpu (2 threads)"
    )
    judged = evaluate(
        RECIPE,
        outcome,
        train=ROWS,
        test=ROWS,
        reference=None,
        champion=None,
        spec=Spec(),
        training=facts,
    )
    assert summary(judged) == (
        "accuracy 0.500 (95 %: 0.250 to 0.750) on 20 held-out rows (always 'negative' 0.500)"
    )
    _, front, body = model_card(
        judged, CardInfo("films: all", "org/base", {"epochs": 2.0})
    ).split("---\n", 2)
    header = yaml.safe_load(front)
    assert (header["pipeline_tag"], header["base_model"]) == (
        "text-classification",
        "org/base",
    )
    assert header["model-index"][0]["results"][0]["metrics"][0] == {
        "type": "accuracy",
        "value": 0.5,
        "name": "accuracy",
    }
    assert "license" not in header
    assert (
        "| this model | 0.5000 (0.2500 to 0.7500) | 0.3333 (0.2000 to 0.4286) |" in body
    )
    assert "| `epochs` | 2.0 |" in body


def test_a_drops_own_code_lies_over_traindrops(packed: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "lib" / "__pycache__").mkdir(parents=True)
    (own / "site-packages").mkdir()
    names = (
        "inference.py",
        "train.py",
        "requirements.txt",
        "lib/a.py",
        "lib/__pycache__/a.pyc",
        "site-packages/x.py",
    )
    for name in names:
        (own / name).write_text(f"# {name}\n")
    model = tmp_path / "model"
    shutil.copytree(packed, model)
    (model / "code" / "old.py").write_text("")
    pack_code(model, own)
    # The container's toolkit finds no requirements, and a script that installs them first.
    assert (model / "code" / "drop_inference.py").read_text() == "# inference.py\n"
    assert "serving_hooks" in (model / "code" / "inference.py").read_text()
    assert (model / "code" / "traindrop" / "archive.py").is_file()
    result = {
        path.relative_to(model / "code").as_posix()
        for path in (model / "code").rglob("*")
        if path.is_file()
    }
    assert {"traindrop-requirements.txt", "lib/a.py"} <= result
    assert (
        not {
            "requirements.txt",
            "train.py",
            "old.py",
            "lib/__pycache__/a.pyc",
            "site-packages/x.py",
        }
        & result
    )


def test_a_script_without_requirements_keeps_its_name(
    packed: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "inference.py").write_text("# own\n")
    model = tmp_path / "model"
    shutil.copytree(packed, model)
    pack_code(model, own)
    assert (model / "code" / "inference.py").read_text() == "# own\n"
    assert not (model / "code" / "drop_inference.py").exists()
