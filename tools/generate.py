"""Writes every generated file of the repository: `python -m tools.generate`, or `make generate`.

A test compares each file with what its generator returns.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contracts import evaluation
from functions.inspect.settings_file.schema import SCHEMA as SETTINGS_SCHEMA
from tools import model_types, statemachine, template
from tools.docs import (
    differences_table,
    failures_table,
    operations_table,
    parameters_table,
    permissions_table,
    problems_table,
    regions_table,
    settings_page,
    tasks_page,
    training_defaults_table,
)

ROOT = Path(__file__).parents[1]

GENERATORS: dict[str, Callable[[str], str]] = {
    "docs/errors.md": problems_table.update,
    "docs/evaluation.schema.json": lambda _: _json(evaluation.schema()),
    "docs/local-sagemaker.md": operations_table.update,
    "docs/localcloud.md": differences_table.update,
    "docs/options.md": lambda page: training_defaults_table.update(
        regions_table.update(parameters_table.update(page))
    ),
    "docs/permissions.md": permissions_table.update,
    "docs/tasks.md": lambda _: tasks_page.page(tasks_page.recorded_calls()),
    "docs/traindrop-yaml.md": lambda _: settings_page.page(),
    "docs/traindrop.schema.json": lambda _: _json(SETTINGS_SCHEMA),
    "docs/troubleshooting.md": failures_table.update,
    "statemachine/train_and_deploy.asl.json": lambda _: statemachine.definition(),
    "tasks/model_types.py": lambda _: model_types.module(),
    "template.yaml": template.update,
}
"""File -> its generator, which takes the file's present text and returns what the file should hold."""


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def generate(name: str, root: Path = ROOT) -> str:
    """What the file `name`, relative to `root`, should hold."""
    path = root / name
    present = path.read_text("utf-8") if path.exists() else ""
    return GENERATORS[name](present)


def main() -> None:
    for name in GENERATORS:
        (ROOT / name).write_text(generate(name), "utf-8")


if __name__ == "__main__":
    main()
