"""Limits of SageMaker that more than one step must keep to."""

from __future__ import annotations

HYPERPARAMETERS = 100
"""Hyperparameters of a training job."""
VALUE_CHARACTERS = 2500

MAX_RATIO = 200
"""How many times larger than it is packed a file of a drop may be, beyond `RATIO_BYTES`: no honest one comes near."""
RATIO_BYTES = 2**27
