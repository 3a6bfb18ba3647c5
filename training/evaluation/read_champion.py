"""Run in a process of its own, at the lowest priority: the live language model foresees the held-out texts.

What it answers to requests does not tell how well, so that here its weights are read by our own code.
`python -m training.evaluation.read_champion <folder>`: reads `asked.json` there and writes `answers.json`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from inference.archive import unpack
from tasks import get_task
from training.arguments import resolve
from training.base_model import fitting, load_base
from training.data import read_rows
from training.recipes import recipe_of

COUNTS = ("loss", "tokens", "right")


def main(folder: Path) -> None:
    os.nice(19)
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    task = get_task(asked["task"], asked["variant"])
    recipe = recipe_of(task)
    model, tokenizer = load_base(recipe, str(unpack(Path(asked["archive"]), folder / "model")), ())
    arguments = fitting(resolve(asked["arguments"], task.defaults), model, tokenizer)
    found = recipe.predict(model.eval(), tokenizer, read_rows(Path(asked["rows"]), task), arguments)
    counts = [{name: each[name] for name in COUNTS} for each in found]
    (folder / "answers.json").write_text(json.dumps({"answers": counts}), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
