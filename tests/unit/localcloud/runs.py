"""Run records that tests of the commands share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.problems import Problem
from contracts.run_record import RunRecord

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def after(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def run_document(status: str = "training", **more: Any) -> dict[str, Any]:
    """A run as the API answers it, which began to train after 3.2 s and ended after 60 s."""
    steps = [
        {"step": "inspecting", "at": after(0)},
        {"step": "training", "at": after(3.2)},
    ]
    if status != "training":
        steps.append({"step": status, "at": after(60)})
    return {
        "run": "r-1",
        "model": "m",
        "fingerprint": "f",
        "attempt": 1,
        "status": status,
        "execution": "e",
        "started_at": after(0),
        "updated_at": after(60),
        "steps": steps,
        **more,
    }


def a_run(status: str = "training", **more: Any) -> RunRecord:
    return RunRecord.read(run_document(status, **more))


def problem(**more: Any) -> dict[str, Any]:
    """A reason to reject a drop."""
    values = {
        "expected": "a text",
        "found": "an empty cell",
        "remedy": "Fill it in.",
    } | more
    return {
        "file": None,
        "row": None,
        "column": None,
        "message": str(Problem(**values)),
    } | values


def an_evaluation(
    accuracy: float = 0.8, reference: float = 0.74, **more: Any
) -> dict[str, Any]:
    """What a run's record keeps of an evaluation."""
    return {
        "metric": "accuracy",
        "min_gain": 0.0,
        "rows": 800,
        "model": {"accuracy": accuracy, "macro_f1": accuracy},
        "baselines": {
            "trivial": {
                "name": "majority class",
                "metrics": {"accuracy": 0.5, "macro_f1": 0.333},
            },
            "reference": {
                "name": "TF-IDF",
                "metrics": {"accuracy": reference, "macro_f1": reference},
            },
        },
        "champion": None,
        "champion_reason": None,
        "intervals": {},
        "labels": ["negative", "positive"],
        "label_count": 2,
        "training": {
            "rows": 3200,
            "epochs": 1,
            "seconds": 40.0,
            "rows_per_second": 80.0,
            "device": "cpu",
        },
        "verdict": "promote",
        "reasons": [],
        **more,
    }
