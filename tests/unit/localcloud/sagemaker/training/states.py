"""The state of a SageMaker without other services, for tests of jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from localcloud.sagemaker.common.state import SageMakerState, Settings
from localcloud.sagemaker.common.store import Store


def isolated_state(folder: Path, **settings: Any) -> SageMakerState:
    """Its clients take every call and answer nothing of use; its events go nowhere."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "s.db")
    return SageMakerState(Settings(folder, **settings), store, MagicMock(), MagicMock())
