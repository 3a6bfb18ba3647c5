from __future__ import annotations

import pytest

from benchmarks.soak_report import (
    RIGHT,
    SHED,
    TURNED_AWAY,
    Bounds,
    MemorySample,
    Report,
    failures,
    quarters,
    table,
)

BOUNDS = Bounds(shed_seconds=10, memory=True, must_shed=True)


def steady() -> Report:
    report = Report(
        exit_code=0,
        bursts=1,
        answered_while_ending=3,
        shed_seconds=[0.5],
        good_seconds=[0.01, 0.03],
    )
    for good_outcome in (RIGHT, SHED, TURNED_AWAY):
        report.count("good", good_outcome)
    report.memory += [MemorySample(second, 500, 50, 2) for second in range(16)]
    return report


def test_a_steady_server_has_no_failures() -> None:
    assert failures(steady(), BOUNDS) == []


def test_an_outcome_that_is_not_fine_is_a_failure() -> None:
    report = steady()
    report.count("bad JSON", "expected 400; found 500")
    report.count("bad JSON", "expected 400; found 500")
    assert failures(report, BOUNDS) == ["bad JSON: expected 400; found 500 (2 times)"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"ended_early": True},
            "the server: expected it to run until SIGTERM; it ended before",
        ),
        ({"exit_code": -9}, "the server: expected status 0 after SIGTERM; found -9"),
        (
            {"answered_while_ending": 0},
            "the server: expected answers after SIGTERM to what it had accepted; found none",
        ),
        (
            {"shed_seconds": []},
            "bursts: expected some requests to be answered 429 or 503; found none, so they were no overload",
        ),
        (
            {"shed_seconds": [0.1, 12.34]},
            "bursts: expected 429 or 503 within 10 s; the slowest took 12.3 s",
        ),
    ],
)
def test_what_goes_wrong_with_the_server_is_reported(
    changed: dict[str, object], message: str
) -> None:
    report = steady()
    for name, value in changed.items():
        setattr(report, name, value)
    assert failures(report, BOUNDS) == [message]


def test_nobody_answered_is_no_success() -> None:
    report = steady()
    report.outcomes.clear()
    assert failures(report, BOUNDS) == ["good: expected right answers; found none"]


def test_memory_that_grows_is_a_leak() -> None:
    report = steady()
    report.memory = [
        MemorySample(second, 500 + 20 * second, 50 + 10 * second, 2)
        for second in range(16)
    ]
    assert failures(report, BOUNDS) == [
        "memory of all processes: expected it to be flat; it grew from 610 to 770 MB",
        "memory of the process that listens: expected it to be flat; it grew from 105 to 185 MB",
    ]
    assert failures(report, Bounds(shed_seconds=10, memory=False, must_shed=True)) == []


def test_memory_while_a_worker_is_missing_does_not_count() -> None:
    report = steady()
    report.memory[4:8] = [MemorySample(second, 60, 50, 1) for second in range(4, 8)]
    assert failures(report, BOUNDS) == []


def test_quarters_are_the_second_and_the_last() -> None:
    assert quarters([1, 1, 2, 2, 3, 3, 4, 4]) == (2, 4)
    assert quarters([1] * 7) == (0, 0)


def test_the_table_counts_what_each_kind_of_client_saw() -> None:
    report = steady()
    report.count("good", "expected POSITIVE")
    lines = list(table(report))
    assert lines[2] == "| good | 4 | 1 | 1 | 1 | 1 |"
    assert "Workers killed: 0. Bursts: 1, the slowest 429 or 503 after 0.50 s." in lines
    assert (
        "All processes: 500 MB in the second quarter of the time, 500 MB in the last."
        in lines
    )
