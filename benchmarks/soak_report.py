"""What happened in a soak, and which of it is a failure."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

GROWTH_SHARE, GROWTH_MB = 0.10, 32.0
"""Memory is flat if it grows by no more than this share and so many MB more."""
RIGHT, SHED, TURNED_AWAY = "right", "shed", "turned away"
"""`TURNED_AWAY`: a connection whose request was not read because the server was ending."""
GOOD_OUTCOMES = (RIGHT, SHED, TURNED_AWAY)


@dataclass(frozen=True)
class MemorySample:
    """The server's memory at a moment: of its whole tree of processes, and of the one that listens (`front`)."""

    second: float
    all_mb: float
    front_mb: float
    processes: int


@dataclass
class Report:
    """`outcomes` by kind of client; one that is not among `GOOD_OUTCOMES` is a failure, in words."""

    outcomes: defaultdict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    good_seconds: list[float] = field(default_factory=list)
    shed_seconds: list[float] = field(default_factory=list)
    memory: list[MemorySample] = field(default_factory=list)
    kills: int = 0
    bursts: int = 0
    ended_early: bool = False
    exit_code: int | None = None
    end_seconds: float = 0.0
    answered_while_ending: int = 0

    def count(self, kind: str, outcome: str) -> None:
        self.outcomes[kind][outcome] += 1


@dataclass(frozen=True)
class Bounds:
    """What is checked. `shed_seconds`: how soon a request must be refused; None: it is not checked."""

    shed_seconds: float | None
    memory: bool
    must_shed: bool


def failures(report: Report, bounds: Bounds) -> list[str]:
    """One line each; empty if the server was steady."""
    lines = [
        *_outcome_failures(report),
        *_end_failures(report),
        *_overload_failures(report, bounds),
    ]
    if bounds.memory:
        lines += _memory_failures(report)
    return lines


def _outcome_failures(report: Report) -> Iterator[str]:
    for kind, outcomes in report.outcomes.items():
        for outcome, times in outcomes.items():
            if outcome not in GOOD_OUTCOMES:
                yield f"{kind}: {outcome} ({times} times)"
    if not report.outcomes["good"][RIGHT]:
        yield "good: expected right answers; found none"


def _end_failures(report: Report) -> Iterator[str]:
    if report.ended_early:
        yield "the server: expected it to run until SIGTERM; it ended before"
    elif report.exit_code != 0:
        yield f"the server: expected status 0 after SIGTERM; found {report.exit_code}"
    if not report.ended_early and not report.answered_while_ending:
        yield "the server: expected answers after SIGTERM to what it had accepted; found none"


def _overload_failures(report: Report, bounds: Bounds) -> Iterator[str]:
    slowest = max(report.shed_seconds, default=0.0)
    if bounds.must_shed and report.bursts and not report.shed_seconds:
        yield "bursts: expected some requests to be answered 429 or 503; found none, so they were no overload"
    if bounds.shed_seconds is not None and slowest > bounds.shed_seconds:
        yield f"bursts: expected 429 or 503 within {bounds.shed_seconds:.0f} s; the slowest took {slowest:.1f} s"


def _memory_failures(report: Report) -> Iterator[str]:
    for name, values in memory_series(report).items():
        early, late = quarters(values)
        if late > early * (1 + GROWTH_SHARE) + GROWTH_MB:
            yield f"memory of {name}: expected it to be flat; it grew from {early:.0f} to {late:.0f} MB"


def memory_series(report: Report) -> dict[str, list[float]]:
    """MB over time, without the moments in which a worker was missing, being started anew."""
    counts = [sample.processes for sample in report.memory]
    usual = statistics.mode(counts) if counts else 0
    complete = [sample for sample in report.memory if sample.processes == usual]
    return {
        "all processes": [sample.all_mb for sample in complete],
        "the process that listens": [sample.front_mb for sample in complete],
    }


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """Medians of the second and of the last quarter; (0, 0) of fewer than eight values."""
    quarter = len(values) // 4
    if quarter < 2:
        return 0.0, 0.0
    second = values[quarter : 2 * quarter]
    last = values[-quarter:]
    return statistics.median(second), statistics.median(last)


def table(report: Report) -> Iterator[str]:
    """What happened, as Markdown."""
    yield "| clients | requests | right | shed | turned away | wrong |"
    yield "|---|---|---|---|---|---|"
    for kind, outcomes in report.outcomes.items():
        good = [outcomes[outcome] for outcome in GOOD_OUTCOMES]
        wrong = outcomes.total() - sum(good)
        counts = [f"{count:,}" for count in (outcomes.total(), *good, wrong)]
        yield f"| {kind} | {' | '.join(counts)} |"
    yield ""
    yield from _lines(report)


def _lines(report: Report) -> Iterator[str]:
    if report.good_seconds:
        median_ms = 1000 * statistics.median(report.good_seconds)
        slowest = max(report.good_seconds)
        yield f"Good requests: median {median_ms:.0f} ms, slowest {slowest:.1f} s (bursts and killed workers included)."
    shed = (
        f", the slowest 429 or 503 after {max(report.shed_seconds):.2f} s"
        if report.shed_seconds
        else ""
    )
    yield f"Workers killed: {report.kills}. Bursts: {report.bursts}{shed}."
    for name, values in memory_series(report).items():
        early, late = quarters(values)
        title = name[0].upper() + name[1:]
        yield f"{title}: {early:.0f} MB in the second quarter of the time, {late:.0f} MB in the last."
    end = f"SIGTERM: {report.answered_while_ending} answers after it, status {report.exit_code}"
    yield f"{end} within {report.end_seconds:.1f} s."
