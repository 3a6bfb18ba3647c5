from __future__ import annotations

from typing import Any

import pytest

from contracts.documents import ContractError
from contracts.model_record import ModelRecord
from contracts.run_record import (
    IN_PROGRESS,
    RELEASED,
    RunRecord,
    RunStatus,
)
from tests.unit.functions.drops import Desk, reviews

MOMENT = "2026-01-01T00:00:00.000+00:00"
CLAIMED: dict[str, Any] = {
    "run": "reviews-ffffffffff",
    "model": "reviews",
    "fingerprint": "f" * 64,
    "attempt": 1,
    "status": "inspecting",
    "execution": "arn:aws:states:us-east-1:123456789012:execution:traindrop:1",
    "started_at": MOMENT,
    "updated_at": MOMENT,
    "steps": [{"step": "inspecting", "at": MOMENT}],
}
BASELINE = {"name": "always 'good'", "metrics": {"accuracy": 0.5, "loss": None}}
LIVE: dict[str, Any] = CLAIMED | {
    "status": "live",
    "ended_at": MOMENT,
    "task": "text-classification",
    "data": {
        "form": "one file",
        "variant": "",
        "files": ["reviews.csv"],
        "rows": {"train": 80, "test": 20},
        "labels": ["bad", "good"],
        "label_count": 2,
        "columns": {"text": "review"},
        "reasons": ["Read as one file, all 100 rows of it."],
        "profile": {
            "classes": {"good": 50, "bad": 50},
            "text": {
                "characters": {"min": 1, "median": 2, "p95": 3, "max": 4},
                "words": {},
            },
            "duplicates": 0,
            "disputed_texts": 0,
            "seconds": 0.25,
        },
    },
    "training": {
        "job": "traindrop--reviews",
        "number": 1,
        "instance_type": "ml.a",
        "spot": True,
        "tries": [{"instance_type": "ml.b", "at": MOMENT, "reason": "none left"}],
        "queued_since": MOMENT,
        "phase": "Completed",
        "metrics": {"step": 10, "train_loss": 0.25},
        "seconds": 60,
        "billable_seconds": 30,
        "interruptions": 1,
        "log_stream": "s",
    },
    "evaluation": {
        "metric": "accuracy",
        "min_gain": 0,
        "rows": 20,
        "model": {"accuracy": 0.75, "loss": None},
        "baselines": {"trivial": BASELINE, "reference": None},
        "champion": {"run": "reviews-0", **BASELINE},
        "champion_reason": None,
        "intervals": {
            "model": [0.5, 1],
            "difference": {"trivial": [0, 0.5], "champion": None},
        },
        "labels": ["bad", "good"],
        "label_count": 2,
        "training": {"rows": 80},
        "verdict": "promote",
        "reasons": ["accuracy 0.7500 …"],
    },
    "report": "/runs/reviews-ffffffffff/report",
    "card": "/runs/reviews-ffffffffff/card",
    "deployment": {
        "endpoint": "traindrop--reviews",
        "config": "traindrop--reviews-ffffffffff",
        "mode": "serverless",
        "memory_mb": 3072,
        "started_at": MOMENT,
        "endpoint_status": "InService",
        "verification": {"rows": 16, "at": MOMENT, "difference": None, "draws": 1},
    },
    "warnings": ["code/inference.py defines none of …"],
    "hooks": ["model_fn"],
    "example": {"inputs": "a"},
    "notified": "live",
}
FAILED: dict[str, Any] = CLAIMED | {
    "status": "failed",
    "failure": {
        "step": "train",
        "cause": "c",
        "remedy": "r",
        "log_tail": ["l"],
        "leftovers": [],
    },
}


@pytest.mark.parametrize(
    "content", [CLAIMED, LIVE, FAILED], ids=["claimed", "live", "failed"]
)
def test_a_record_is_written_as_it_was_read(content: dict[str, Any]) -> None:
    assert RunRecord.read(content).write() == content


def test_what_a_record_says_has_names() -> None:
    run = RunRecord.read(LIVE)
    assert run.status is RunStatus.LIVE
    assert run.deployment is not None
    assert (run.deployment.mode, run.deployment.settings) == (
        "serverless",
        {"memory_mb": 3072},
    )
    assert run.training is not None
    assert run.training.tries is not None
    assert run.training.tries[0].reason == "none left"


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(
        ContractError,
        match=r'^run record, status: expected one of inspecting, .*; found "asleep"\.',
    ):
        RunRecord.read(CLAIMED | {"status": "asleep"})


@pytest.mark.parametrize("file", [reviews(), "text\n"], ids=["ready", "rejected"])
def test_inspect_writes_what_is_read(file: str) -> None:
    desk = Desk()
    written = {
        **CLAIMED,
        **desk.ledger.run_records[desk.inspect({"reviews.csv": file})["run"]],
    }
    assert RunRecord.read(written).write() == written


def test_a_run_is_in_progress_or_over() -> None:
    assert RunRecord.read(CLAIMED).is_in_progress
    assert not RunRecord.read(LIVE).is_in_progress
    ended = {
        RunStatus.KEPT_BACK,
        RunStatus.REJECTED,
        RunStatus.FAILED,
        RunStatus.STOPPED,
    }
    assert IN_PROGRESS | RELEASED | ended == set(RunStatus)


def test_a_model_is_written_as_it_was_read() -> None:
    first = {
        "model": "reviews",
        "endpoint": "traindrop--reviews",
        "updated_at": MOMENT,
        "active_run": "reviews-1",
    }
    live = {
        **first,
        "champion": "reviews-1",
        "task": "text-classification",
        "custom": False,
        "mode": "realtime",
    }
    assert ModelRecord.read(first).write() == first
    assert ModelRecord.read(live).write() == live


def test_records_of_older_runs_are_read() -> None:
    assert RunStatus("kept champion") is RunStatus.KEPT_BACK
    with pytest.raises(ValueError, match="unknown"):
        RunStatus("unknown")
