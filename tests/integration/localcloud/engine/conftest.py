from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.localcloud.engine.running import Engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests; each uses names of its own."""
    running = Engine(tmp_path_factory.mktemp("engine") / "state", {"SECRET_OF_THE_MACHINE": "yes"})
    running.start()
    yield running
    running.close()


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine for one test, to be stopped and killed."""
    running = Engine(tmp_path / "state")
    running.start()
    yield running
    running.close()
