from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Here, since every other test of Inspect starts without torch, which takes ten seconds.
    from tests.unit.inference.tiny import build_model  # noqa: PLC0415

    return build_model(tmp_path_factory.mktemp("model"))
