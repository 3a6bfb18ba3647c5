"""The model directory as the hosting container wants it: weights, tokenizer, label names, and code to serve them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.locations import CODE_FOLDER, TRAINING_SCRIPT
from inference.model.onnx_manifest import FOLDER, OnnxManifest
from inference.model.packed_runtime import build_tag
from inference.packaging import packed_names, serving_files
from training.common.types import Json
from training.packaging.pack_runtime import pack_runtime

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer

NOT_SERVED = shutil.ignore_patterns(
    "__pycache__", "*.pyc", TRAINING_SCRIPT, "site-packages"
)
"""What serving does not need of a drop's code."""


def pack(
    model: Model,
    tokenizer: Tokenizer,
    model_dir: Path,
    task: str,
    settings: Mapping[str, Json],
    *,
    own_code: Path | None = None,
) -> None:
    """Writes everything but the model card. `settings` go into `config.json`, where the task's predictor reads them."""
    model_dir.mkdir(parents=True, exist_ok=True)
    # A graph of other weights, if the job was interrupted after it was packed.
    shutil.rmtree(model_dir / FOLDER, ignore_errors=True)
    if settings:
        model.config.task_specific_params = {task: dict(settings)}
    model.save_pretrained(model_dir)
    tokenizer.save_pretrained(model_dir)
    pack_code(model_dir, own_code)


def pack_code(model_dir: Path, own_code: Path | None = None) -> None:
    """`code/`: the user's own files, and beside them the hooks and the packages that these import."""
    code = model_dir / CODE_FOLDER
    shutil.rmtree(code, ignore_errors=True)
    if own_code is not None:
        shutil.copytree(own_code, code, ignore=NOT_SERVED)
        for name, packed in packed_names(
            [path.name for path in code.iterdir()]
        ).items():
            (code / name).rename(code / packed)
    for name, source in serving_files():
        target = model_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(source, target)


def pack_graph(folder: Path, manifest: OnnxManifest, model_dir: Path) -> None:
    """Moves the graph of `folder` beside the weights, with the ONNX Runtime that is installed here.

    The manifest comes last: without it the graph is not used.
    """
    shutil.rmtree(model_dir / FOLDER, ignore_errors=True)
    (model_dir / FOLDER).mkdir(parents=True)
    shutil.move(manifest.path(folder), manifest.path(model_dir))
    pack_runtime(model_dir)
    replace(manifest, runtime=build_tag()).write(model_dir)
