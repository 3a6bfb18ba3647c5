from __future__ import annotations

from dataclasses import replace

from benchmarks.load_report import (
    CallsReport,
    DropsReport,
    JobTimes,
    Report,
    most_at_once,
    problems,
    table,
)
from contracts.run_record import RunStatus

LIVE, SUPERSEDED = RunStatus.LIVE, RunStatus.SUPERSEDED
DROPS = DropsReport(
    drops=3,
    models=2,
    runs={"a": [LIVE, SUPERSEDED], "b": [LIVE]},
    expected_runs={"a": 2, "b": 1},
    seconds=60.0,
    jobs=[JobTimes(0, 10, False), JobTimes(5, 15, False), JobTimes(10, 20, True)],
    memory_mb=1500.0,
)
QUIET = CallsReport([0.1] * 98 + [0.2] * 2, {}, 10.0)
GOOD = Report(
    drops=DROPS,
    clients=64,
    quiet=QUIET,
    beside=CallsReport([0.2] * 100, {}, 20.0),
    redeployments=[30.0, 31.0],
    redeployed=[LIVE],
    left="",
)


def with_runs(**runs: list[RunStatus]) -> Report:
    return replace(GOOD, drops=replace(DROPS, runs={**DROPS.runs, **runs}))


def test_a_good_load_has_no_problems() -> None:
    assert list(problems(GOOD)) == []


def test_a_lost_drop_is_a_problem() -> None:
    assert list(problems(with_runs(b=[]))) == [
        "b: expected 1 runs, one a drop; found 0"
    ]


def test_a_drop_with_two_runs_is_a_problem() -> None:
    assert list(problems(with_runs(b=[LIVE, SUPERSEDED]))) == [
        "b: expected 1 runs, one a drop; found 2"
    ]


def test_a_run_that_failed_is_a_problem_and_so_is_a_model_that_is_not_live() -> None:
    assert list(problems(with_runs(b=[RunStatus.FAILED]))) == [
        "b: expected a run that is live or was; found failed",
        "b: expected one live run; found 0",
    ]


def test_two_live_runs_of_a_model_are_a_problem() -> None:
    assert list(problems(with_runs(a=[LIVE, LIVE]))) == [
        "a: expected one live run; found 2"
    ]


def test_calls_that_are_not_answered_are_a_problem() -> None:
    refused = replace(GOOD, quiet=CallsReport([], {"503 busy": 2}, 1.0))
    assert list(problems(refused)) == [
        "predictions, quiet: expected answers; found none",
        "predictions, quiet: expected status 200; found 503 busy, 2 times",
    ]


def test_a_redeployment_that_is_kept_back_measures_nothing() -> None:
    kept = replace(GOOD, redeployed=[RunStatus.KEPT_BACK])
    assert list(problems(kept)) == [
        "redeployment: expected a run that is live; found kept back"
    ]


def test_what_is_left_is_a_problem() -> None:
    assert list(problems(replace(GOOD, left="endpoint e"))) == [
        "after destroying: expected nothing; found endpoint e"
    ]


def test_jobs_are_at_once_only_while_both_run() -> None:
    assert most_at_once(DROPS.jobs) == 2
    assert most_at_once([]) == 0


def test_latencies_are_told_by_median_and_p99() -> None:
    assert (QUIET.median, QUIET.p99) == (0.1, 0.2)
    assert CallsReport([], {}, 1.0).p99 == 0.0


def test_the_table_says_all_of_it() -> None:
    text = table(GOOD, "2 cores and 23 GB")
    assert text.startswith("On 2 cores and 23 GB:\n\n| | |\n|---|---|\n")
    assert "| drops, models | 3, 2 |" in text
    assert "| runs by their end | 2 live, 1 superseded |" in text
    assert "| trainings at once, at most; those that waited | 2; 1 |" in text
    assert (
        "| predictions, 64 clients, quiet | 100 answered, 0 failed; median 100 ms, p99 200 ms, 10/s |"
        in text
    )
    assert "median 2.0 times, p99 1.0 times (within the aim of 3)" in text
    assert "| left after `make destroy` | nothing |" in text
