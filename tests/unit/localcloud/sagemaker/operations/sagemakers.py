"""A SageMaker of records only, for tests of operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.sagemaker.common.state import AwsClients, SageMakerState, Settings
from localcloud.sagemaker.common.store import Store
from localcloud.sagemaker.operations.base import SageMaker


@contextmanager
def records_only(folder: Path) -> Iterator[SageMaker]:
    """Its jobs and endpoints are missing, and so is the way to EventBridge."""
    store = Store(folder / "s.db")
    nothing: Any = None
    state = SageMakerState(Settings(folder), store, AwsClients("us-east-1"), nothing)
    yield SageMaker(state, nothing, nothing, nothing)
    store.close()
