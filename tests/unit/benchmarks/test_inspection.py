from __future__ import annotations

from benchmarks.inspection import ReaderRun, median


def test_the_median_is_of_the_times_and_the_memory_is_the_largest() -> None:
    runs = [
        ReaderRun(seconds, 1.0, 10, memory)
        for seconds, memory in ((3.0, 1.0), (1.0, 9.0), (2.0, 5.0))
    ]
    assert median(runs) == ReaderRun(2.0, 1.0, 10, 9.0)
