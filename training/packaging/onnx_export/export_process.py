"""In a process of its own: what a training job asks for, measured on its held-out rows."""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tasks import get_task
from training.arguments import resolve
from training.data import read_rows
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.graph import tokenizer_of
from training.packaging.onnx_export.precision import Judge, chosen, sample
from training.recipes import recipe_of

FIRST = "first.pickle"
"""What the graph says of the first held-out rows, each asked alone."""


def answer(folder: Path) -> None:
    """Reads `asked.json`; leaves `found.json`, `onnx/` and the first predictions in the folder."""
    threading.Thread(target=_end_with_the_job, daemon=True).start()
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    try:
        found = _asked(asked, folder)
    except NotExportedError as error:
        found = {"reason": str(error)}
    (folder / "found.json").write_text(json.dumps(found), "utf-8")


def _end_with_the_job() -> None:
    """However it ends: it holds the other end of this process's input."""
    sys.stdin.read()
    os._exit(1)


def _asked(asked: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    task, model_dir = get_task(asked["task"], asked["variant"]), Path(asked["model"])
    rows, arguments = read_rows(Path(asked["rows"]), task), resolve(asked["arguments"], task.defaults)
    some = [rows[place] for place in sample(len(rows))]
    judge = Judge(recipe_of(task), some, asked["labels"], arguments, asked["metric"])
    choice = chosen(
        *(model_dir, task.name, task.family, folder),
        precision=asked["precision"],
        most_lost=asked["max_metric_loss"],
        judge=judge,
    )
    graph = choice.graph
    tokenizer = tokenizer_of(model_dir, graph.exported)
    first = [judge.predictions(graph, tokenizer, [row])[0] for row in rows[: asked["first"]]]
    (folder / FIRST).write_bytes(pickle.dumps(first))
    told = {"values": choice.values, "bytes": choice.bytes, "seconds": choice.seconds, "reason": choice.reason}
    return {"exported": asdict(graph.exported), "rows": len(some), **told}
