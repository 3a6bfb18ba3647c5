"""The JSON Schema of a settings file: what is checked, what editors complete and what the documentation shows.

`x-default` tells in words where a value comes from that the file leaves out, `x-noun` what a value is, `x-allowed` what
stands in the documentation instead of a long list.
"""

from __future__ import annotations

from typing import Any

import deployment_modes
from deployment_modes import ModeSetting
from functions.inspect.settings_file.gate_schema import GATE
from functions.inspect.settings_file.hyperparameter_schema import (
    hyperparameter_properties,
)
from functions.inspect.settings_file.schema_parts import (
    Schema,
    number,
    object_of,
    text,
)
from tasks import TASKS, every_variant, names_of

_INSTANCE = {
    "type": "string",
    "pattern": r"^ml\.[a-z0-9-]+\.[a-z0-9]+$",
    "x-noun": "an instance type such as ml.m5.xlarge",
}


def task_names() -> list[str]:
    """Every name a task is known by, its own names first."""
    own = list(TASKS)
    return [
        *own,
        *sorted(
            {name for form in every_variant() for name in names_of(form)} - set(own)
        ),
    ]


BASE_MODEL = text(
    "The model that is fine-tuned: a Hugging Face Hub id.",
    "distilbert/distilbert-base-uncased",
    pattern=r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$",
    **{"x-noun": "a Hub id such as distilbert/distilbert-base-uncased"},
    **{"x-default": "the task's own, else the stack's `BaseModel`"},
)
TASK = {
    "type": "string",
    "enum": task_names(),
    "x-noun": "the name of a task",
    "x-allowed": "a name in [Tasks](tasks.md)",
    "description": "What the model is for. Detected from the columns if it is not set.",
    "examples": ["text-classification"],
    "x-default": "detected from the columns",
}
COLUMNS: Schema = {
    "type": "object",
    "description": "Which of your columns the task's columns are: the task's name, then yours.",
    "additionalProperties": {"type": "string", "minLength": 1},
    "minProperties": 1,
    "x-noun": "columns, each `name: your name`, indented",
    "examples": [{"text": "review_body", "label": "stars"}],
    "x-default": "detected from their names",
}
_NAMES: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "maxItems": 1000,
    "uniqueItems": True,
}
LABELS = object_of(
    "How the labels of a text classification are read; what is left out, all rows decide.",
    {
        "separator": {
            "type": "string",
            "maxLength": 3,
            "description": 'What stands between the labels of a cell with several (`<>` for `<a><b>`); `""` where '
            "each cell is one label.",
            "examples": [","],
            "x-default": "detected from the labels",
        },
        "missing": {
            **_NAMES,
            "description": "What stands for no label beside an empty cell: such rows are left out. `[]`: nothing does.",
            "examples": [["-1", "n/a"]],
            "x-default": "detected from the labels",
        },
        "merge_spellings": {
            "type": "boolean",
            "description": "Whether labels that differ only in case or spaces are one label.",
            "default": True,
            "examples": [False],
        },
        "names": {
            **_NAMES,
            "minItems": 2,
            "description": "Of labels written as rows of 0 and 1: the label that each place stands for.",
            "examples": [["toxic", "insult"]],
            "x-default": "asked for",
        },
        "columns": {
            **_NAMES,
            "minItems": 2,
            "description": "Your columns of 0 and 1 whose names are the labels.",
            "examples": [["toxic", "insult"]],
            "x-default": "detected from what the columns hold",
        },
    },
)
HYPERPARAMETERS = object_of(
    "How the model is trained: Traindrop's own settings and those of TrainingArguments.",
    hyperparameter_properties(BASE_MODEL),
)
COMPUTE = object_of(
    "The machine of the training job.",
    {
        "instance_type": {
            **_INSTANCE,
            "description": "The one instance type to train on.",
            "examples": ["ml.g5.xlarge"],
            "x-default": "the stack's `TrainingInstanceTypes`",
        },
        "instance_types": {
            "type": "array",
            "items": _INSTANCE,
            "minItems": 1,
            "maxItems": 10,
            "uniqueItems": True,
            "description": "Instance types, tried in this order when a quota is full or no capacity is left.",
            "examples": [["ml.g5.xlarge", "ml.g4dn.xlarge"]],
            "x-default": "the stack's `TrainingInstanceTypes`",
        },
        "instance_count": number(
            "integer",
            "Instances of the job. Traindrop's own training uses one, with all its GPUs; a script may use more.",
            1,
            "1",
            minimum=1,
            maximum=20,
        ),
        "volume_gb": number(
            "integer",
            "Disk of the instance; types with a disk of their own (ml.g4dn, ml.g5, ml.g6, ml.p4d) ignore it.",
            100,
            "the stack's `TrainingVolumeGb`",
            minimum=5,
            maximum=1000,
        ),
        "spot": {
            "type": "boolean",
            "description": "Managed spot training, up to 90 % cheaper; checkpoints carry it over an interruption.",
            "examples": [True],
            "x-default": "the stack's `UseSpot`",
        },
        "max_runtime_seconds": number(
            "integer",
            "The job is stopped after this time. SageMaker allows 28 days.",
            14400,
            "the stack's `MaxRuntimeSeconds`",
            minimum=60,
            maximum=2_419_200,
        ),
        "max_queue_hours": number(
            "number",
            "How long the run waits for an instance before it fails.",
            6,
            "the stack's `MaxQueueHours`",
            minimum=0,
            maximum=168,
        ),
    },
)


def _mode_setting(setting: ModeSetting) -> Schema:
    return {
        **setting.schema,
        "description": setting.description,
        "examples": [setting.example],
        "x-default": f"the stack's `{setting.parameter}`",
    }


_MODE = {
    "type": "string",
    "enum": list(deployment_modes.MODES),
    "description": "; ".join(
        f"{mode.name} {mode.summary}" for mode in deployment_modes.MODES.values()
    )
    + ".",
    "examples": ["serverless"],
    "x-default": "derived from the other settings here, else the stack's `DeploymentMode`",
}
_MODE_SETTINGS = {
    name: _mode_setting(setting)
    for name, setting in deployment_modes.settings().items()
}
DEPLOYMENT = object_of("How the model is served.", {"mode": _MODE, **_MODE_SETTINGS})
SERVING = object_of(
    "What the training job packs beside the weights, so that they are served faster on CPUs.",
    {
        "engine": {
            "type": "string",
            "enum": ["auto", "torch"],
            "description": "auto packs an ONNX graph too where the model is an encoder and the graph answers as it "
            "does; torch packs the weights alone.",
            "default": "auto",
            "examples": ["torch"],
        },
        "precision": {
            "type": "string",
            "enum": ["auto", "float32", "int8"],
            "description": "Of the graph: int8 is smaller and faster, and auto takes it where it is as good on the "
            "held-out rows.",
            "default": "auto",
            "examples": ["float32"],
        },
        "max_metric_loss": {
            **number(
                "number",
                "How much lower than the float32 graph's the metric that the gate compares may be with int8 "
                "(0.005 is half a point).",
                0.002,
                "0.005",
                minimum=0,
                maximum=1,
            ),
            "x-noun": "a number from 0 to 1, where 0.005 is half a point",
        },
    },
)
BUDGET = object_of(
    "What may be spent, in US dollars. A training whose estimate does not fit is refused before anything is paid.",
    {
        "run_usd": number(
            "number",
            "On the training of this drop.",
            5,
            "no limit",
            exclusiveMinimum=0,
        ),
        "month_usd": number(
            "number",
            "On the model's trainings and endpoints in a month: what is booked, and what may come of trainings in "
            "progress.",
            50,
            "no limit but the stack's `MonthlyBudget`",
            exclusiveMinimum=0,
        ),
    },
)
SEARCH = object_of(
    "Trainings with other hyperparameters before the model's own, in the same job: rates, epochs and base models.",
    {
        "trials": number(
            "integer",
            "How many trainings are tried. They are judged on the validation split, else on a fifth of the training "
            "rows, never on the held-out rows; the best one's settings train the model.",
            8,
            "required",
            minimum=2,
            maximum=100,
        ),
        "budget_minutes": number(
            "number",
            "No trial starts that would likely end later than this. The model's own training comes after it.",
            60,
            "no limit but `compute.max_runtime_seconds`",
            minimum=1,
            maximum=40_320,
        ),
        "base_models": {
            "type": "array",
            "items": BASE_MODEL,
            "minItems": 1,
            "maxItems": 10,
            "uniqueItems": True,
            "description": "Models of the Hugging Face Hub that are tried beside `base_model`.",
            "examples": [["distilbert/distilbert-base-uncased"]],
            "x-default": "none",
        },
    },
    required=["trials"],
)
HUB = object_of(
    "Deploys a model of the Hugging Face Hub as it is, without training; then the file stands alone in the folder.",
    {
        "model_id": {
            **BASE_MODEL,
            "description": "The model's Hub id.",
            "x-default": "required",
        },
        "task": {
            **TASK,
            "description": "What the model is for.",
            "x-default": "detected from the model's config",
        },
        "revision": text(
            "A branch, a tag or a commit.", "main", **{"x-default": "the newest"}
        ),
        "token_secret": text(
            "Name of the Secrets Manager secret with a private model's token; begins with the stack's name and /.",
            "traindrop/hub-token",
            **{"x-default": "none"},
        ),
    },
    required=["model_id"],
)
EXAMPLE = {
    "description": "A request body that the model answers: shown by the API, and sent to verify custom code.",
    "examples": [{"inputs": "A film to remember."}],
    "x-default": "the task's own",
}
SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "traindrop.yaml",
    **object_of(
        "Settings of a drop. Each overrides what was detected and the stack's parameters.",
        {
            "task": TASK,
            "columns": COLUMNS,
            "labels": LABELS,
            "base_model": BASE_MODEL,
            "hyperparameters": HYPERPARAMETERS,
            "compute": COMPUTE,
            "deployment": DEPLOYMENT,
            "serving": SERVING,
            "gate": GATE,
            "budget": BUDGET,
            "search": SEARCH,
            "hub": HUB,
            "example": EXAMPLE,
        },
    ),
}


_ANY_VALUE = {"anyOf": [{"type": kind} for kind in ("string", "number", "boolean")]}
FREE_SCHEMA: dict[str, Any] = SCHEMA | {
    "properties": SCHEMA["properties"]
    | {"hyperparameters": {"type": "object", "additionalProperties": _ANY_VALUE}}
}
"""Of a drop with a training script of its own, which alone knows its hyperparameters."""
