"""What lies in a model's folder beside the weights: scripts of a user, the code of an archive."""

from __future__ import annotations

import shutil
from pathlib import Path

from inference.packaging import serving_files

ROOT = Path(__file__).parents[3]
LABELS = ("negative", "neutral", "positive")
"""The classes of the models of these tests."""


def add_code(model_dir: Path, **files: str) -> Path:
    """`add_code(folder, inference="def model_fn…")`: scripts into the folder's `code/`."""
    code = model_dir / "code"
    code.mkdir(exist_ok=True)
    for name, text in files.items():
        (code / f"{name}.py").write_text(text, "utf-8")
    return model_dir


def add_shim(model_dir: Path) -> Path:
    """The code as an archive carries it."""
    for name, source in serving_files():
        (model_dir / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, model_dir / name)
    return model_dir
