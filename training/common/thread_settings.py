"""Environment variables that must be set before torch is imported."""

from __future__ import annotations

import os

SETTINGS = {
    # By default, threads spin for milliseconds while they wait for one another; on a machine that does anything else
    # that makes training up to ten times slower. A short spin costs nothing measurable on a quiet one.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "2000",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
    "TQDM_DISABLE": "1",
}


def apply() -> None:
    """Makes threads share the machine, and libraries quiet; what the user has set stays."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
