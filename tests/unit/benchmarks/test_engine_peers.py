from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.engine_peers import Array, passes, positive, read_batches


def test_batches_are_read_as_they_were_written(tmp_path: Path) -> None:
    columns = {
        f"input_ids-{number}": np.full((2, number), number) for number in range(12)
    }
    np.savez(tmp_path / "batches.npz", **columns)  # type: ignore[arg-type]
    batches = read_batches(tmp_path / "batches.npz")
    assert [batch["input_ids"].shape for batch in batches] == [
        (2, number) for number in range(12)
    ]


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
    assert positive(
        np.array([[0.0, 0.0], [1000.0, 0.0], [0.0, np.log(3)]])
    ) == pytest.approx([0.5, 0, 0.75])
