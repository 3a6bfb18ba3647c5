"""Types of the numbers in `evaluation.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from contracts.documents import Limits

Share = Annotated[float, Limits(minimum=0, maximum=1)]
Count = Annotated[int, Limits(minimum=0)]
Metrics = Mapping[str, float]
"""Metric -> its value over the held-out rows."""
Interval = tuple[float, float]
"""The lower and the upper end."""
