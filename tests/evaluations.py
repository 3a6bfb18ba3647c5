"""Evaluations that tests of several rooms need."""

from __future__ import annotations

from typing import Any

OF_A_SCRIPT: dict[str, Any] = {
    "task": "",
    "variant": "",
    "metric": "",
    "rows": 0,
    "model": {},
    "baselines": {},
    "champion": None,
    "training": {},
}
"""Of a training script, which judges its model itself."""
