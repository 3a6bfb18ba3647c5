"""`docs/traindrop-yaml.md`: every setting of a drop, from the schema of `traindrop.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from functions.inspect.settings_file.schema import SCHEMA
from tasks.hyperparameters import OWN
from tasks.trainer_arguments import ALIASES, DECIDED, PASSED

EXAMPLE = """\
# yaml-language-server: $schema=traindrop.schema.json
task: text-classification
columns:                      # the task's column, then yours
  text: review_body
  label: stars
labels:
  missing: ["-1", unrated]    # rows without a label
base_model: distilbert/distilbert-base-uncased
hyperparameters:
  epochs: 3
  learning_rate: 5e-5
  train_batch_size: 16        # or per_device_train_batch_size
  lr_scheduler_type: cosine   # any field of TrainingArguments
compute:
  instance_types: [ml.g5.xlarge, ml.g4dn.xlarge]
  spot: true
  max_runtime_seconds: 14400
deployment:
  mode: serverless
  memory_mb: 4096
serving:
  precision: float32
gate:
  metric: macro_f1
  min_gain: 0.05
budget:
  run_usd: 5
search:
  trials: 8
  budget_minutes: 60
example: {inputs: "A film to remember."}
"""
HUB_EXAMPLE = """\
hub:
  model_id: distilbert/distilbert-base-uncased-finetuned-sst-2-english
  task: text-classification
  revision: main
deployment:
  memory_mb: 3072
"""
_HEAD = """# traindrop.yaml

Generated from the schema; `make generate` writes it anew. Put a file `traindrop.yaml` (or `traindrop.yml`) next to the
data of a drop, and what it says stands before what was detected, before the task's defaults and before the stack's
parameters. Nothing in it is required, and without it everything has a default.

"""
_AFTER_EXAMPLE = """
Editors with a YAML language server (VS Code with the YAML extension, for one) complete and check the file by
[the schema](traindrop.schema.json): the first line above says where it lies, as a path from the file or as a URL.

A Hub model that is deployed without training is a drop with this file alone:

"""
_READING = """
## How it is read

The file is checked before anything bills. A run is refused with the line, what was expected and what to do for: an
unknown key (the nearest one is named), a value of another type or out of its range, a key written twice, a second
document, an alias (`*name`), a tag (`!!python/…`), a file over 64 KB, and settings that cannot go together.

- Where true or false is wanted, `yes`, `no`, `on`, `off` are read as such. Where a text is wanted, what is written is
  the text: `target_language: no` is Norwegian, and a column may be called `5`.
- `5e-5` is a number; a number in quotes is a text, and refused where a number is wanted. Dates are texts.
- A key without a value is refused: remove its line.
"""
_HYPERPARAMETERS = """
## hyperparameters

Three kinds: Traindrop's own, other names of them, and fields of Hugging Face
[`TrainingArguments`](https://huggingface.co/docs/transformers/main_classes/trainer). A task's own defaults, listed in
[Tasks](tasks.md), stand before the defaults here; a hyperparameter that a task does not use is ignored. All of them
work on the training job's command line too.

### Traindrop's own

"""
_PASSED = """
### Fields of TrainingArguments

Handed to the `Trainer` as given; the defaults are those of transformers where Traindrop says nothing else. Without a
validation split the fields named `eval_…` of when to validate are unused.

"""
_ALIASES = """
### Other names

What tutorials and the scripts of transformers call them.

"""
_DECIDED = """
### Decided by Traindrop

These fields are refused.

"""
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "settings",
}


def page() -> str:
    """The Markdown page."""
    settings = _table(_settings())
    own = _table(
        _hyperparameters(name for name in OWN if name not in {"task", "base_model"})
    )
    parts: list[Iterable[str]] = [
        [
            _HEAD,
            _block("yaml", EXAMPLE),
            _AFTER_EXAMPLE,
            _block("yaml", HUB_EXAMPLE),
            _READING,
        ],
        ["\n## Keys\n\n", *settings],
        [_HYPERPARAMETERS, *own],
        [_PASSED, *_table(_hyperparameters(PASSED))],
        [_ALIASES, *_other_names()],
        [_DECIDED, *_refused_fields()],
    ]
    return "".join(chain.from_iterable(parts))


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}```\n"


Setting = tuple[str, dict[str, Any]]
"""A key of the file, with a dot inside a section, and its schema."""


def _settings() -> Iterator[Setting]:
    for name, schema in SCHEMA["properties"].items():
        yield name, schema
        if name != "hyperparameters":
            for key, inner in schema.get("properties", {}).items():
                yield f"{name}.{key}", inner


def _hyperparameters(names: Iterable[str]) -> Iterator[Setting]:
    schemas = SCHEMA["properties"]["hyperparameters"]["properties"]
    for name in names:
        yield name, schemas[name]


def _other_names() -> Iterator[str]:
    yield "| name | is |\n|---|---|\n"
    for name, ours in ALIASES.items():
        yield f"| `{name}` | `{ours}` |\n"


def _refused_fields() -> Iterator[str]:
    yield "| field | why |\n|---|---|\n"
    for reason in dict.fromkeys(DECIDED.values()):
        names = [
            f"`{name}`" for name, its_reason in DECIDED.items() if its_reason == reason
        ]
        yield f"| {', '.join(names)} | {reason} |\n"


def _table(settings: Iterable[Setting]) -> Iterator[str]:
    yield "| key | type | allowed | default | what it does | example |\n|---|---|---|---|---|---|\n"
    for key, schema in settings:
        cells = (
            f"`{key}`",
            _type(schema),
            _allowed(schema),
            _default(schema),
            schema["description"],
            _sample(schema),
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    return _TYPES.get(schema.get("type", ""), "anything")


def _allowed(schema: dict[str, Any]) -> str:
    if "x-allowed" in schema:
        return str(schema["x-allowed"])
    if "enum" in schema:
        return ", ".join(_code(value) for value in schema["enum"])
    least, most, below = (
        schema.get(name) for name in ("minimum", "maximum", "exclusiveMaximum")
    )
    limits = (("from", least), ("to", most), ("to below", below))
    return " ".join(f"{word} {limit}" for word, limit in limits if limit is not None)


def _default(schema: dict[str, Any]) -> str:
    if "x-default" in schema:
        return str(schema["x-default"])
    return _code(schema["default"]) if schema.get("default") not in (None, "") else ""


def _sample(schema: dict[str, Any]) -> str:
    return _code(schema["examples"][0]) if "examples" in schema else ""


def _code(value: Any) -> str:
    if isinstance(value, dict):
        return f"`{json.dumps(value)}`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
