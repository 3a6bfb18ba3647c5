from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.inference.tiny import build_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("model"))
