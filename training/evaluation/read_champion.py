"""Measures the live language model on the held-out texts, in a process of its own at a low priority.

    python -m training.evaluation.read_champion <folder>

Reads the folder's request and writes the answer: the token counts of each row.
"""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path

from inference.archive import unpack
from inference.model.onnx_manifest import OnnxManifest
from tasks import get_task
from training.common.side_process import LOW_PRIORITY, read_request, write_answer
from training.inputs.base_model import limit_length, load_base
from training.inputs.hyperparameters import resolve
from training.inputs.job_inputs import read_rows
from training.metrics.sums import TokenCounts
from training.packaging.onnx_export.graph import Graph, load_tokenizer
from training.recipes import recipe_of

COUNTS = [field.name for field in fields(TokenCounts)]


def main(folder: Path) -> None:
    os.nice(LOW_PRIORITY)
    request = read_request(folder)
    task = get_task(request["task"], request["variant"])
    trainer = recipe_of(task, ()).trainer
    model_dir = unpack(Path(request["archive"]), folder / "model")
    model, tokenizer = load_base(trainer, str(model_dir))
    model.eval()
    arguments = limit_length(
        resolve(request["arguments"], task.defaults), model, tokenizer
    )
    manifest = OnnxManifest.read(model_dir)
    if manifest is not None:
        # Its graph answers where it has one, as on its endpoint and as the new model is measured.
        model = Graph(model_dir, manifest).model
        tokenizer = load_tokenizer(model_dir, manifest)
    rows = read_rows(Path(request["rows"]), task)
    predictions = trainer.predict(model, tokenizer, rows, arguments)
    counts = []
    for prediction in predictions:
        counts.append({name: getattr(prediction, name) for name in COUNTS})
    write_answer(folder, {"answers": counts})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
