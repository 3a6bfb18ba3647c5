"""A spec and an evaluation as the tests of the later states need them."""

from __future__ import annotations

import json
from typing import Any

from contracts.evaluation import Evaluation
from contracts.spec import Spec
from contracts.stored_version import StoredVersion
from functions.adapters.ledger import Ledger
from functions.adapters.storage import Storage

RUN = "reviews-ffffffffff"


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "run": RUN,
        "model": "reviews",
        "task": "text-classification",
        "variant": "",
        "columns": {"text": "review", "label": "sentiment"},
        "labels": ["negative", "positive"],
        "base_model": "org/base",
        "hyperparameters": {
            "epochs": 2,
            "learning_rate": 0.0001,
            "bf16": True,
            "note": "as it is",
            "unset": None,
        },
        "compute": {
            "instance_types": ["ml.a", "ml.b", "ml.c"],
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
        },
        "gate": {"metric": "accuracy", "min_gain": 0.0},
        "data": {"rows": {"train": 80, "test": 20}, "prefix": f"runs/{RUN}/data/"},
        "files": [],
        **changes,
    }


SPEC_KEY = f"runs/{RUN}/spec.json"
SPEC_VERSION = StoredVersion.of(
    SPEC_KEY, json.dumps(spec(), ensure_ascii=False, indent=2).encode(), "v1"
)
"""What the ledger says of `spec()`."""


def leave_spec(ledger: Ledger, storage: Storage, **changes: Any) -> None:
    """As Inspect does: the spec in the bucket, its version in the ledger."""
    ledger.record(RUN, spec=storage.write_json(SPEC_KEY, spec(**changes)))


def evaluation(
    accuracy: float = 0.8, trivial: float = 0.5, **changes: Any
) -> dict[str, Any]:
    return {
        "task": "text-classification",
        "variant": "",
        "metric": "accuracy",
        "rows": 1200,
        "model": {"accuracy": accuracy, "macro_f1": accuracy},
        "baselines": {
            "trivial": {
                "name": "most frequent label",
                "metrics": {"accuracy": trivial, "macro_f1": 0.3},
            },
            "reference": {
                "name": "TF-IDF",
                "metrics": {"accuracy": 0.7, "macro_f1": 0.7},
            },
        },
        "champion": None,
        "sentence": f"About {accuracy * 100:.0f} of 100 new texts get the right label.",
        "next_steps": [
            "negative: 400 of 600 right, only 40 training rows: add about 60."
        ],
        "labels": ["negative", "positive"],
        "confusion": [[400, 200], [100, 500]],
        "training": {"rows": 80, "epochs": 2, "seconds": 12.5},
        "versions": {},
        **changes,
    }


def spec_object(**changes: Any) -> Spec:
    return Spec.read(spec(**changes))


def evaluation_object(
    accuracy: float = 0.8, trivial: float = 0.5, **changes: Any
) -> Evaluation:
    return Evaluation.read(evaluation(accuracy, trivial, **changes))
