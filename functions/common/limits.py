"""Limits of SageMaker that more than one step must keep to."""

from __future__ import annotations

HYPERPARAMETERS = 100
"""Hyperparameters of a training job."""
VALUE_CHARACTERS = 2500
