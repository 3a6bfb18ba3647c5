from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def _subnormal_numbers_as_before() -> Iterator[None]:
    """onnxruntime flushes subnormal numbers to zero in the thread that opens a session; Hypothesis needs them."""
    yield
    torch.set_flush_denormal(False)
