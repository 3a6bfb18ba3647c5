from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import engines
from benchmarks.engine_peers import ENGINES, Array, passes, positive, read_batches
from benchmarks.engines import EngineError
from benchmarks.serving_contestants import CONTESTANTS


def test_batches_are_read_as_they_were_written(tmp_path: Path) -> None:
    columns = {f"input_ids-{number}": np.full((2, number), number) for number in range(12)}
    np.savez(tmp_path / "batches.npz", **columns)  # type: ignore[arg-type]
    batches = read_batches(tmp_path / "batches.npz")
    assert [batch["input_ids"].shape for batch in batches] == [(2, number) for number in range(12)]


def test_a_pass_has_every_batch_and_one_is_made_though_time_is_up() -> None:
    seen: list[int] = []

    def engine(batch: object) -> Array:
        assert isinstance(batch, dict)
        seen.append(batch["number"])
        return np.zeros(1)

    batches = [{"number": number} for number in range(5)]
    taken = list(passes(engine, batches, 0.0))  # type: ignore[arg-type]
    assert [len(durations) for durations in taken] == [5]
    assert sorted(seen) == list(range(5))


def test_the_score_is_the_second_labels() -> None:
    assert positive(np.array([[0.0, 0.0], [1000.0, 0.0], [0.0, np.log(3)]])) == pytest.approx([0.5, 0, 0.75])


def test_every_limit_is_an_engine() -> None:
    assert {contestant.limit for contestant in CONTESTANTS.values() if contestant.limit} <= set(ENGINES)


def test_an_engine_that_does_not_run_says_so_in_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise EngineError("no compiler")

    monkeypatch.setattr(engines, "measure", fails)
    assert list(engines.lines(["torch-compile"], [1], [2], 0.1))[1:] == [
        "| torch-compile | 2 | 1 | no compiler | | | | |"
    ]
