"""The JSON Schema of `evaluation.json`; `docs/evaluation.schema.json` is generated from it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _object(description: str, properties: Schema, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """Every property is required but the optional ones."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        **more,
    }


def _or_null(schema: Schema) -> Schema:
    """The description stays outside, where readers of the schema look for it."""
    inner = {name: value for name, value in schema.items() if name != "description"}
    return {"description": schema["description"], "anyOf": [inner, {"type": "null"}]}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _list(description: str, items: Schema, **more: Any) -> Schema:
    return {"type": "array", "description": description, "items": items, **more}


def _map(description: str, values: Schema) -> Schema:
    return {"type": "object", "description": description, "additionalProperties": values}


NUMBER: Schema = {"type": "number"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
SHARE_OR_NULL: Schema = {"anyOf": [SHARE, {"type": "null"}]}
INTERVAL = _list("The lower and the upper end.", NUMBER, minItems=2, maxItems=2)

METRICS = _map("Metric -> its value over the held-out rows.", NUMBER)
BASELINE = _object("What a simple method reaches.", {"name": _text("What it does."), "metrics": METRICS})
_RANGES = _or_null(_map("Metric -> its interval; null where there is no such rival.", INTERVAL))
_DIFFERENCE = _or_null({**INTERVAL, "description": "The model less this rival, on the same rows; null without it."})
INTERVALS = _object(
    "95 % bootstrap intervals: percentiles of the metrics over 1,000 resamples of the held-out rows.",
    {
        "model": _map("Metric -> its interval.", INTERVAL),
        "trivial": _RANGES,
        "reference": _RANGES,
        "champion": _RANGES,
        "difference": _object(
            "Intervals of the gate's metric, the model less a rival, paired: both on the same resampled rows.",
            {"trivial": _DIFFERENCE, "reference": _DIFFERENCE, "champion": _DIFFERENCE},
        ),
    },
)
CHAMPION = _object(
    "The model that was live before, on the same held-out rows, answered by the serving code of its own archive.",
    {"run": _text("Its run."), "name": _text("What to call it."), "metrics": METRICS},
)
CALIBRATION = _object(
    "How far a classifier's confidence can be trusted, over its answers.",
    {
        "ece": {**SHARE, "description": "Expected calibration error: mean distance of confidence and accuracy."},
        "brier": {**NUMBER, "minimum": 0, "description": "Mean squared error of the probabilities."},
        "bins": _list(
            "Ten bins of equal width over the confidence.",
            _object(
                "One bin; `confidence` and `accuracy` are null where no answer fell into it.",
                {
                    "low": SHARE,
                    "high": SHARE,
                    "confidence": SHARE_OR_NULL,
                    "accuracy": SHARE_OR_NULL,
                    "rows": _count("Answers in it: rows, or of several labels or tags each one."),
                },
            ),
            minItems=10,
            maxItems=10,
        ),
    },
    optional=("brier",),
)
LEAKAGE = _object(
    "Rows that would have flattered the model.",
    {
        "train": _count("Training rows left out because the validation or test split holds them."),
        "validation": _count("Validation rows left out because the test split holds them."),
        "duplicates": _count("Held-out rows beyond the first of several that are the same."),
    },
)
MISTAKE = _object(
    "One held-out row that the model gets wrong.",
    {
        "row": _count("Its place among the held-out rows, from 0."),
        "input": _text("What was asked, cut to 300 characters."),
        "expected": _text("What was right."),
        "found": _text("What the model said."),
        "score": {
            "type": ["number", "null"],
            "description": "By what the rows are ordered, worst first: the confidence in the wrong answer, the size of "
            "the error, or the quality that was reached.",
        },
    },
)
MOMENT = {
    "type": "object",
    "description": "What was reported at one step; `eval_<metric>` where the validation split was evaluated.",
    "properties": {
        "step": _count("Optimizer steps done."),
        "epoch": NUMBER,
        "train_loss": NUMBER,
        "learning_rate": NUMBER,
    },
    "required": ["step", "epoch"],
    "patternProperties": {"^eval_": NUMBER},
    "additionalProperties": False,
}
TRAINING = _object(
    "How the training went; empty for a training script of the drop's own.",
    {
        "rows": _count("Rows trained on."),
        "epochs": NUMBER,
        "seconds": NUMBER,
        "rows_per_second": NUMBER,
        "device": _text("What it ran on."),
        "batch": _count("Rows in a batch, where memory ran out once and they became fewer."),
        "accumulation": _count("Batches in a step, likewise."),
        "eval_batch": _count("Rows in an evaluation batch, likewise."),
        "retried": _text("Why the training was done once more."),
    },
    optional=(
        "rows",
        "epochs",
        "seconds",
        "rows_per_second",
        "device",
        "batch",
        "accumulation",
        "eval_batch",
        "retried",
    ),
)
LABEL_METRICS = _map(
    "Label, or kind of entity -> how well it is found.",
    {"type": "object", "properties": {"f1": SHARE, "rows": _count("How often it is right.")}, "required": ["f1"]},
)
CONFUSION = _list(
    "Rows: the true class; columns: the predicted one; in the order of `labels`.",
    {"type": "array", "items": {"type": "integer", "minimum": 0}},
)
SERVING = _object(
    "What was packed to be served by, and how good it is; `values` and `bytes` are those of what was made.",
    {
        "engine": {"type": "string", "enum": ["torch", "onnxruntime"], "description": "torch: the weights alone."},
        "precision": {"type": "string", "enum": ["float32", "int8"], "description": "Of what is served."},
        "reason": _text("Why there is no graph, or why it is in this precision; empty where there was no choice."),
        "metric": _text("The metric that was measured: the one that the gate compares."),
        "rows": _count("Held-out rows it was measured on: at most 1,000, evenly spread."),
        "values": _object(
            "The metric by the weights and by each graph.",
            {"torch": NUMBER, "float32": NUMBER, "int8": NUMBER},
            optional=("int8",),
        ),
        "bytes": _object(
            "The sizes of the files.",
            {"torch": _count("The weights."), "float32": _count("The graph."), "int8": _count("The graph.")},
            optional=("int8",),
        ),
        "seconds": {**NUMBER, "description": "What making and measuring took, aside from the job."},
    },
    optional=("metric", "rows", "values", "bytes", "seconds"),
)

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "evaluation.json",
    **_object(
        "How good a model is, beside what it has to beat, on the same held-out rows.",
        {
            "task": _text("As Hugging Face calls it."),
            "variant": _text("The form of the task; empty for its plain one."),
            "metric": _text("The metric that the gate compares; empty for a training script of the drop's own."),
            "rows": _count("Held-out rows."),
            "model": METRICS,
            "baselines": {
                "type": "object",
                "description": "Simple methods; empty for a training script of the drop's own.",
                "properties": {
                    "trivial": {**BASELINE, "description": "What needs no learning."},
                    "reference": _or_null(
                        {**BASELINE, "description": "What one would try first without a neural network."}
                    ),
                },
                "additionalProperties": False,
            },
            "champion": _or_null(CHAMPION),
            "champion_reason": {
                "type": ["string", "null"],
                "description": "Why a champion that there is was not compared.",
            },
            "intervals": INTERVALS,
            "calibration": _or_null(CALIBRATION),
            "leakage": LEAKAGE,
            "mistakes": _list("At most 20, the worst first.", MISTAKE, maxItems=20),
            "history": _list("What training reported, in the order of its steps.", MOMENT),
            "labels": _list("Names of the model's outputs, of tasks that have such.", {"type": "string"}),
            "confusion": _or_null(CONFUSION),
            "label_metrics": LABEL_METRICS,
            "unanswerable": _count("Held-out questions without an answer."),
            "samples": _list("The first held-out rows with what the model writes.", {"type": "object"}),
            "training": TRAINING,
            "serving": SERVING,
            "versions": _map("Package -> its version.", {"type": "string"}),
        },
        optional=(
            "champion_reason",
            "intervals",
            "calibration",
            "leakage",
            "mistakes",
            "history",
            "labels",
            "confusion",
            "label_metrics",
            "unanswerable",
            "samples",
            "serving",
            "versions",
        ),
    ),
}
