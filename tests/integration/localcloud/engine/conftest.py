from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.localcloud.engine.running import Engine

COUNTING = """
    import pathlib, tempfile

    class Flaky(Exception):
        pass

    class NotReady(Exception):
        pass

    def handler(event, context):
        if event.get("raise"):
            raise NotReady("not yet")
        counter = pathlib.Path(event["counter"])
        tries = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(tries))
        if tries < event["needs"]:
            raise Flaky(f"try {tries}")
        return {"tries": tries}
"""


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests; each uses names of its own."""
    running = Engine(
        tmp_path_factory.mktemp("engine") / "state", {"SECRET_OF_THE_MACHINE": "yes"}
    )
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


@pytest.fixture(scope="session")
def counting(engine: Engine) -> str:
    return engine.function("counting", COUNTING)
