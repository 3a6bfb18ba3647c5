from __future__ import annotations

import pytest

from contracts.spec import ApprovalRule, Gate
from tasks import get_task
from tasks.training_defaults import defaults_for
from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready


def test_the_spec_is_what_the_training_job_is_promised() -> None:
    desk, seen = ready({"reviews.csv": reviews(50, header="review,sentiment")})
    run = seen["run"]
    spec = desk.bucket.document(run, "spec.json")
    assert spec.pop("hyperparameters") == defaults_for(
        get_task("text-classification"), rows=40, labels=2, base_model="some/model"
    )
    assert spec == {
        "run": run,
        "model": "reviews",
        "task": "text-classification",
        "variant": "",
        "columns": {"text": "review", "label": "sentiment"},
        "labels": ["bad", "good"],
        "base_model": "some/model",
        "compute": {
            "instance_types": ["ml.g5.xlarge"],
            "instance_count": 1,
            "volume_gb": 50,
            "spot": True,
            "max_runtime_seconds": 86400,
            "max_queue_hours": 24,
        },
        "deployment": {
            "mode": "serverless",
            "memory_mb": 3072,
            "max_concurrency": 5,
            "instance_type": "ml.m5.xlarge",
            "instance_count": 1,
            "idle_minutes": 0,
            "traffic": "all_at_once",
            "traffic_percent": 10,
            "traffic_minutes": 10,
            "max_error_percent": 5,
            "max_latency_ms": 0,
            "timeout_minutes": 15,
        },
        "serving": {},
        "gate": {"metric": "accuracy", "min_gain": 0.0},
        "data": {
            "rows": {"train": 40, "test": 10},
            "left_out": {},
            "file_rows": {"reviews.csv": 50},
            "prefix": f"runs/{run}/data/",
        },
        "files": [
            {
                "key": "datasets/reviews/reviews.csv",
                "size": len(reviews(50)) + len("review,sentiment") - len("text,label"),
                "etag": spec["files"][0]["etag"],
                "version_id": "v1",
            }
        ],
    }


@pytest.mark.parametrize(
    ("stack", "settings_file", "expected"),
    [
        ("none", "gate: {min_gain: 0}\n", "none"),
        ("none", "gate: {approval: required, approval_days: 2}\n", "required"),
        ("required", "gate: {min_gain: 0}\n", "required"),
        ("required", "gate: {approval: none}\n", "required"),
    ],
)
def test_a_drop_may_ask_for_approval_and_cannot_undo_the_stacks(
    stack: str, settings_file: str, expected: str
) -> None:
    files: dict[str, bytes | str] = {
        "a.csv": reviews(50),
        "traindrop.yaml": settings_file,
    }
    desk, seen = ready(files, approval=ApprovalRule(stack))
    gate = Gate.read(desk.bucket.document(seen["run"], "spec.json")["gate"])
    assert gate.approval == expected
    assert gate.approval_days == (2 if "approval_days" in settings_file else 7)
