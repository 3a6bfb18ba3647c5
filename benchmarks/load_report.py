"""What many drops at once and a redeployment under load came to, and which of it is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.serving_table import percentile
from contracts.run_record import RunStatus

BEGIN, END = "<!-- make load writes this -->", "<!-- end of the load -->"
GOOD_STATUSES = frozenset({RunStatus.LIVE, RunStatus.SUPERSEDED, RunStatus.KEPT_BACK})
"""Those that a run of a good drop may end with: later drops of its model supersede it, or do not beat it."""
MAX_RATIO = 3.0
"""Predictions beside a redeployment may take so many times as long as without one."""


@dataclass(frozen=True)
class JobTimes:
    """Of one training job, in seconds since the epoch: on the machine from `start` to `end`; whether it was Pending."""

    start: float
    end: float
    was_pending: bool


@dataclass(frozen=True)
class DropsReport:
    """`runs` of each model by status; `memory_mb` is the most that all processes of the cloud took."""

    drops: int
    models: int
    runs: Mapping[str, Sequence[RunStatus]]
    expected_runs: Mapping[str, int]
    seconds: float
    jobs: Sequence[JobTimes]
    memory_mb: float


@dataclass(frozen=True)
class CallsReport:
    """Calls of the API in one stretch of time. `failures`: status or kind of error -> how often."""

    latencies: Sequence[float]
    failures: Mapping[str, int]
    seconds: float

    @property
    def median(self) -> float:
        return self._share(0.5)

    @property
    def p99(self) -> float:
        return self._share(0.99)

    def _share(self, share: float) -> float:
        return percentile(self.latencies, share) if self.latencies else 0.0


@dataclass(frozen=True)
class Report:
    """`redeployments`: seconds from the drop to the end of its run; `left`: what the dry run after destroying lists."""

    drops: DropsReport
    clients: int
    quiet: CallsReport
    beside: CallsReport
    redeployments: Sequence[float]
    redeployed: Sequence[RunStatus]
    left: str


def most_at_once(jobs: Sequence[JobTimes]) -> int:
    """The highest number of jobs on the machine at one moment; one that starts as another ends is not beside it."""
    changes = [(job.start, 1) for job in jobs] + [(job.end, -1) for job in jobs]
    running = most = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def ratio(beside: float, quiet: float) -> float:
    return beside / quiet if quiet else 0.0


def problems(report: Report) -> Iterator[str]:
    """One line each; none if all was as it should be."""
    yield from _drop_problems(report.drops)
    for name, calls in (("quiet", report.quiet), ("redeploying", report.beside)):
        if not calls.latencies:
            yield f"predictions, {name}: expected answers; found none"
        for failure, count in calls.failures.items():
            yield f"predictions, {name}: expected status 200; found {failure}, {count} times"
    for status in report.redeployed:
        if status is not RunStatus.LIVE:
            yield f"redeployment: expected a run that is live; found {status.value}"
    if report.left:
        yield f"after destroying: expected nothing; found {report.left}"


def _drop_problems(report: DropsReport) -> Iterator[str]:
    for model, expected in report.expected_runs.items():
        statuses = report.runs.get(model, ())
        if len(statuses) != expected:
            yield f"{model}: expected {expected} runs, one a drop; found {len(statuses)}"
        for status in statuses:
            if status not in GOOD_STATUSES:
                yield f"{model}: expected a run that is live or was; found {status.value}"
        if statuses and statuses.count(RunStatus.LIVE) != 1:
            live = statuses.count(RunStatus.LIVE)
            yield f"{model}: expected one live run; found {live}"


def table(report: Report, machine: str) -> str:
    """Markdown. `machine` is what it was measured on, in a few words."""
    drops = report.drops
    statuses = Counter(status for runs in drops.runs.values() for status in runs)
    ends = ", ".join(
        f"{count} {status.value}" for status, count in statuses.most_common()
    )
    pending = sum(job.was_pending for job in drops.jobs)
    redeployments = ", ".join(f"{seconds:.0f} s" for seconds in report.redeployments)
    rows = [
        ("drops, models", f"{drops.drops}, {drops.models}"),
        ("runs by their end", ends),
        ("all ended after", f"{drops.seconds:.0f} s"),
        (
            "trainings at once, at most; those that waited",
            f"{most_at_once(drops.jobs)}; {pending}",
        ),
        ("memory of all processes, at most", f"{drops.memory_mb / 1000:.1f} GB"),
        (f"predictions, {report.clients} clients, quiet", _calls_text(report.quiet)),
        ("the same through redeployments", _calls_text(report.beside)),
        ("redeploying beside quiet", _ratio_text(report)),
        ("redeployments, from drop to live", redeployments),
        ("left after `make destroy`", report.left or "nothing"),
    ]
    lines = [f"On {machine}:", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(lines)


def _calls_text(calls: CallsReport) -> str:
    rate = ratio(len(calls.latencies), calls.seconds)
    failed = sum(calls.failures.values())
    return (
        f"{len(calls.latencies):,} answered, {failed:,} failed; median {calls.median * 1000:.0f} ms, "
        f"p99 {calls.p99 * 1000:.0f} ms, {rate:.0f}/s"
    )


def _ratio_text(report: Report) -> str:
    median = ratio(report.beside.median, report.quiet.median)
    p99 = ratio(report.beside.p99, report.quiet.p99)
    aim = "within" if max(median, p99) <= MAX_RATIO else "above"
    return f"median {median:.1f} times, p99 {p99:.1f} times ({aim} the aim of {MAX_RATIO:.0f})"
