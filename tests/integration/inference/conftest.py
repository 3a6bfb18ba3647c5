from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.inference.process import Serving, serving
from tests.unit.inference.tiny import build_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def server(tiny_model: Path) -> Iterator[Serving]:
    """One process for all tests that leave it running."""
    with serving(tiny_model) as started:
        started.wait_until_ready()
        yield started
