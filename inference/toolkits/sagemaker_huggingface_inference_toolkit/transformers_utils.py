"""The pipeline of a model's folder, and how its task is detected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from contracts.environment import ServingVariable
from tasks.architectures import task_of_architecture

from ._server import server_module

_TRUE = ("y", "yes", "t", "true", "on", "1")
_FALSE = ("n", "no", "f", "false", "off", "0")


def strtobool(val: str) -> bool:
    """Raises `ValueError` for what is neither."""
    if val.lower() in (*_TRUE, *_FALSE):
        return val.lower() in _TRUE
    raise ValueError(f"expected a truth value such as true or false; found {val!r}")


def _is_gpu_available() -> bool:
    import torch  # noqa: PLC0415

    return torch.cuda.is_available()


def infer_task_from_model_architecture(
    model_config_path: str | Path, architecture_index: int = 0
) -> str:
    """The task of the architecture in a `config.json`, also in `HF_TASK`. Raises `ArchiveError` for an unknown one."""
    path = Path(model_config_path)
    names = json.loads(path.read_text("utf-8")).get("architectures") or [""]
    task = task_of_architecture(names[architecture_index])
    if task is None:
        task = str(server_module("model.task_of").task_of(path.parent))
    os.environ[ServingVariable.TASK] = task
    return task


def get_pipeline(
    task: str | None, device: int, model_dir: str | Path, **kwargs: Any
) -> Any:
    """A pipeline of transformers; of Traindrop where the installed release has none for the task.

    transformers 5 has no pipelines for question-answering, summarization and translation. Traindrop's predictors take
    the same inputs and answer in the same form. Raises `OSError` where `task` is None.
    """
    from transformers import pipeline  # noqa: PLC0415
    from transformers.pipelines import PIPELINE_REGISTRY  # noqa: PLC0415

    if task is None:
        raise OSError("expected a task; found none. Set HF_TASK of the model.")
    name = "translation" if task.startswith("translation_") else task
    if name not in PIPELINE_REGISTRY.get_supported_tasks():
        return server_module("predictors").loader_of(task)(Path(model_dir))
    return pipeline(task=task, model=str(model_dir), device=device, **kwargs)
