"""Which task a model folder is for."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.architectures import suffixes, task_of_architecture

from ..protocols.errors import ArchiveError

SHOWN_FILES = 8


def task_of(model_dir: Path, hf_task: str | None = None) -> str:
    """`HF_TASK` where it is set, else the task of the architecture in `config.json`. Raises `ArchiveError`."""
    if hf_task:
        return hf_task
    architecture = _architecture(model_dir)
    if task := task_of_architecture(architecture):
        return task
    endings = ", ".join(f"…{suffix}" for suffix in suffixes())
    raise ArchiveError(
        f"expected an architecture of {endings} in {model_dir / 'config.json'}; found {architecture!r}. "
        "Set HF_TASK, or pack a code/inference.py with a model_fn."
    )


def _architecture(model_dir: Path) -> str:
    path = model_dir / "config.json"
    if not path.is_file():
        raise ArchiveError(
            f"expected config.json at the top of {model_dir}; found {_contents(model_dir)}. {_packing_hint(model_dir)}"
        )
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ArchiveError(
            f"expected JSON in {path}; found {error}. Save the model again."
        ) from None
    names = config.get("architectures") if isinstance(config, dict) else None
    if not names:
        raise ArchiveError(
            f"expected 'architectures' in {path}; found none. Set HF_TASK, or save the model again."
        )
    return str(names[0])


def _contents(model_dir: Path) -> str:
    """The first names in the folder."""
    names: list[str] = []
    if model_dir.is_dir():
        names = sorted(path.name for path in model_dir.iterdir())
    return ", ".join(names[:SHOWN_FILES]) or "nothing"


def _packing_hint(model_dir: Path) -> str:
    """How to pack the model where it lies one folder too deep, or not at all."""
    for path in model_dir.glob("*/config.json"):
        return (
            f"Pack the files themselves: tar -C {path.parent.name} -czf model.tar.gz ."
        )
    return "Pack the model's files."
