from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inference.packaging import has_tokenizer, has_weights, serving_files

IMPORT_ALL = """
import importlib, sys
code = sys.argv[1]
sys.path.insert(0, code)
for name in ("inference", "traindrop.hooks", "traindrop.archive", "traindrop.service"):
    importlib.import_module(name)
for task in importlib.import_module("tasks").TASKS.values():
    importlib.import_module(f"traindrop.predictors.{task.family}")
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
print(*sorted(file for file in files if file.startswith(code)), sep="\\n")
"""


def test_the_serving_code_has_the_names_of_an_archive() -> None:
    result = dict(serving_files())
    assert {
        "code/inference.py",
        "code/traindrop/__init__.py",
        "code/tasks/registry.py",
    } <= result.keys()
    assert all(path.is_file() and path.suffix == ".py" for path in result.values())
    assert not [name for name in result if "__pycache__" in name]


def test_an_archive_holds_what_its_hooks_import_and_no_more(tmp_path: Path) -> None:
    for name, source in serving_files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, tmp_path / name)
    command = [sys.executable, "-P", "-c", IMPORT_ALL, str(tmp_path / "code")]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported = {
        Path(line).relative_to(tmp_path).as_posix() for line in done.stdout.splitlines()
    }
    assert imported == {name for name, _ in serving_files()}


def test_code_is_taken_from_the_folder_it_is_asked_for(tmp_path: Path) -> None:
    names = (
        "inference/shim.py",
        "inference/a.py",
        "inference/server/a.py",
        "tasks/b.py",
        "tasks/b.txt",
    )
    for name in (*names, "contracts/problems.py", "contracts/spec.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [name for name, _ in serving_files(tmp_path)] == [
        "code/inference.py",
        "code/traindrop/a.py",
        "code/tasks/b.py",
        "code/contracts/problems.py",
    ]


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("model.safetensors", True),
        ("pytorch_model-00001-of-00002.bin", True),
        ("model.pth", True),
        ("tf_model.h5", False),
        ("training_args.bin", False),
        ("optimizer.pt", False),
        ("rng_state_0.pth", False),
        ("adapter_model.safetensors", False),
    ],
)
def test_weights_are_told_from_what_is_saved_beside_them(
    name: str, weights: bool
) -> None:
    assert has_weights({"config.json", name}) is weights


@pytest.mark.parametrize(
    ("names", "architecture", "is_whole"),
    [
        ({"tokenizer.json", "tokenizer_config.json"}, "BertModel", True),
        ({"vocab.txt"}, "BertModel", True),
        ({"tokenizer_config.json", "special_tokens_map.json"}, "BertModel", False),
        ({"tokenizer_config.json"}, "CanineForSequenceClassification", True),
        ({"tokenizer_config.json"}, "T5ForConditionalGeneration", True),
        ({"config.json"}, "CanineForSequenceClassification", False),
    ],
)
def test_a_tokenizer_needs_its_vocabulary(
    names: set[str], architecture: str, is_whole: bool
) -> None:
    assert has_tokenizer(names, [architecture]) == is_whole
