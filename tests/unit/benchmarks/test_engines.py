from __future__ import annotations

import pytest

from benchmarks import engines
from benchmarks.engine_peers import ENGINES
from benchmarks.engines import EngineError
from benchmarks.serving_contestants import CONTESTANTS


def test_every_limit_is_an_engine() -> None:
    assert {
        contestant.limit for contestant in CONTESTANTS.values() if contestant.limit
    } <= set(ENGINES)


def test_an_engine_that_does_not_run_says_so_in_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise EngineError("no compiler")

    monkeypatch.setattr(engines, "measure", fails)
    assert list(engines.lines(["torch-compile"], [1], [2], 0.1))[1:] == [
        "| torch-compile | 2 | 1 | no compiler | | | | |"
    ]
