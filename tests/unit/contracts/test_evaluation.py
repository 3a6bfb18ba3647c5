from __future__ import annotations

from typing import Any

import fastjsonschema
import pytest

from contracts.evaluation import Baselines, Evaluation, HistoryPoint, schema
from tests.evaluations import OF_A_SCRIPT

METRICS = {"accuracy": 0.8, "macro_f1": 0.75}
RANGE = {"accuracy": [0.7, 0.9], "macro_f1": [0.6, 0.85]}
BIN = {"low": 0.0, "high": 0.1, "confidence": None, "accuracy": None, "rows": 0}
LAST_BIN = BIN | {"confidence": 0.9, "accuracy": 1, "rows": 3}
FULL: dict[str, Any] = {
    "task": "text-classification",
    "variant": "",
    "metric": "accuracy",
    "rows": 800,
    "model": METRICS,
    "baselines": {
        "trivial": {"name": "always 'good'", "metrics": METRICS},
        "reference": None,
    },
    "champion": {
        "run": "reviews-1",
        "name": "the live model (reviews-1)",
        "metrics": METRICS,
    },
    "champion_reason": None,
    "intervals": {
        "model": RANGE,
        "trivial": RANGE,
        "reference": None,
        "champion": RANGE,
        "difference": {
            "trivial": [0.1, 0.2],
            "reference": None,
            "champion": [-0.1, 0.1],
        },
    },
    "calibration": {
        "ece": 0.05,
        "brier": 0.2,
        "bins": [*[BIN] * 9, LAST_BIN],
    },
    "leakage": {"train": 1, "validation": 0, "duplicates": 2},
    "mistakes": [
        {"row": 3, "input": "a film", "expected": "good", "found": "bad", "score": 0.9}
    ],
    "history": [
        {
            "step": 10,
            "epoch": 0.5,
            "train_loss": 0.4,
            "learning_rate": 1e-4,
            "eval_accuracy": 0.7,
        }
    ],
    "labels": ["bad", "good"],
    "confusion": [[300, 100], [60, 340]],
    "label_metrics": {"good": {"f1": 0.8, "rows": 400}},
    "unanswerable": 3,
    "samples": [{"document": "long", "generated": "short"}],
    "training": {
        "rows": 3200,
        "epochs": 1.0,
        "seconds": 12.5,
        "rows_per_second": 256.0,
        "device": "cpu",
    },
    "serving": {
        "engine": "onnxruntime",
        "precision": "int8",
        "reason": "",
        "metric": "accuracy",
        "rows": 800,
        "values": {"torch": 0.8, "float32": 0.8, "int8": 0.79},
        "bytes": {"torch": 90, "float32": 91, "int8": 23},
        "seconds": 4.2,
    },
    "versions": {"torch": "2.9.0"},
}
VALIDATE = fastjsonschema.compile(schema())


def test_an_evaluation_is_written_as_it_was_read() -> None:
    VALIDATE(FULL)
    assert Evaluation.read(FULL).write() == FULL


def test_that_of_a_training_script_has_no_numbers() -> None:
    VALIDATE(OF_A_SCRIPT)
    evaluation = Evaluation.read(OF_A_SCRIPT)
    assert evaluation.baselines == Baselines()
    assert evaluation.write() == OF_A_SCRIPT


def test_metrics_of_the_validation_split_are_kept_beside_the_known_fields_of_a_point() -> (
    None
):
    point = HistoryPoint(10, 0.5, extra={"eval_accuracy": 0.7})
    assert point.write() == {"step": 10, "epoch": 0.5, "eval_accuracy": 0.7}


WRONG: dict[str, dict[str, Any]] = {
    "an unknown part": {"surprise": 1},
    "a metric that is no number": {"model": {"accuracy": "good"}},
    "a share above 1": {"label_metrics": {"good": {"f1": 1.5}}},
    "a negative count": {"rows": -1},
    "too few bins": {"calibration": {"ece": 0.1, "bins": [BIN]}},
    "too many mistakes": {"mistakes": FULL["mistakes"] * 21},
    "an interval of three": {
        "intervals": FULL["intervals"] | {"model": {"accuracy": [0, 1, 2]}}
    },
    "an unknown engine": {"serving": FULL["serving"] | {"engine": "tensorrt"}},
    "a history point with a text": {
        "history": [{"step": 1, "epoch": 1, "eval_accuracy": "good"}]
    },
    "null for what would be left out": {"intervals": None},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALIDATE(FULL | change)


@pytest.mark.parametrize("name", OF_A_SCRIPT)
def test_the_schema_asks_for(name: str) -> None:
    rest = {other: value for other, value in FULL.items() if other != name}
    with pytest.raises(fastjsonschema.JsonSchemaValueException, match=name):
        VALIDATE(rest)
