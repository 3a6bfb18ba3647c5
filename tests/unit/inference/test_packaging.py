from __future__ import annotations

from pathlib import Path

import pytest

from inference.packaging import has_weights, serving_files


def test_the_serving_code_has_the_names_of_an_archive() -> None:
    found = dict(serving_files())
    assert found.keys() >= {
        "code/inference.py",
        "code/traindrop/__init__.py",
        "code/tasks/registry.py",
        "code/contracts/problems.py",
    }
    assert all(path.is_file() and path.suffix == ".py" for path in found.values())
    assert not [name for name in found if "__pycache__" in name]


def test_code_is_taken_from_the_folder_it_is_asked_for(tmp_path: Path) -> None:
    inference = ("inference/shim.py", "inference/a.py", "inference/__pycache__/a.py")
    for name in (*inference, "tasks/b.py", "tasks/b.txt", "contracts/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [name for name, _ in serving_files(tmp_path)] == [
        "code/inference.py",
        "code/traindrop/a.py",
        "code/traindrop/shim.py",
        "code/tasks/b.py",
        "code/contracts/c.py",
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
def test_weights_are_told_from_what_is_saved_beside_them(name: str, weights: bool) -> None:
    assert has_weights({"config.json", name}) is weights
