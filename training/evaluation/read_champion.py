"""Measures the live language model on the held-out texts, in a process of its own at the lowest priority.

    python -m training.evaluation.read_champion <folder>

Reads the folder's request and writes the answer: the token counts of each row.
"""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path

from inference.archive import unpack
from tasks import get_task
from training.common.side_process import LOWEST_PRIORITY, read_request, write_answer
from training.inputs.base_model import limit_length, load_base
from training.inputs.hyperparameters import resolve
from training.inputs.job_inputs import read_rows
from training.metrics.sums import TokenCounts
from training.recipes import recipe_of

COUNTS = [field.name for field in fields(TokenCounts)]


def main(folder: Path) -> None:
    os.nice(LOWEST_PRIORITY)
    request = read_request(folder)
    task = get_task(request["task"], request["variant"])
    trainer = recipe_of(task, ()).trainer
    model, tokenizer = load_base(
        trainer, str(unpack(Path(request["archive"]), folder / "model"))
    )
    arguments = limit_length(
        resolve(request["arguments"], task.defaults), model, tokenizer
    )
    rows = read_rows(Path(request["rows"]), task)
    predictions = trainer.predict(model.eval(), tokenizer, rows, arguments)
    counts = []
    for prediction in predictions:
        counts.append({name: getattr(prediction, name) for name in COUNTS})
    write_answer(folder, {"answers": counts})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
