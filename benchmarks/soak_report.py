"""What a soak saw, and what of it is wrong."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

GROWTH, GROWTH_MB = 0.10, 32.0
"""Memory is flat if it grows by no more than this share and so many MB more."""
RIGHT, SHED, LEFT = "right", "shed", "turned away"
"""`LEFT`: a connection that ended unread while the server was ending."""
FINE = (RIGHT, SHED, LEFT)


@dataclass(frozen=True)
class Weight:
    """The server's memory at a moment, in MB; `processes` are those of its tree."""

    second: float
    all_mb: float
    front_mb: float
    processes: int


@dataclass
class Report:
    """`outcomes` by kind of client; what is not in `FINE` is a failure, in words."""

    outcomes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    good_seconds: list[float] = field(default_factory=list)
    shed_seconds: list[float] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    kills: int = 0
    bursts: int = 0
    ended_early: bool = False
    exit_code: int | None = None
    end_seconds: float = 0.0
    answered_while_ending: int = 0

    def saw(self, kind: str, outcome: str) -> None:
        self.outcomes[kind][outcome] += 1


@dataclass(frozen=True)
class Bounds:
    """None: not asked."""

    shed_seconds: float | None
    memory: bool
    must_shed: bool


def failures(report: Report, bounds: Bounds) -> list[str]:
    """One line each; empty if the server was steady."""
    return [*_outcomes(report), *_ends(report), *_overload(report, bounds), *(_memory(report) if bounds.memory else [])]


def _outcomes(report: Report) -> Iterator[str]:
    for kind, found in report.outcomes.items():
        for outcome, times in found.items():
            if outcome not in FINE:
                yield f"{kind}: {outcome} ({times} times)"
    if not report.outcomes["good"][RIGHT]:
        yield "good: expected right answers; found none"


def _ends(report: Report) -> Iterator[str]:
    if report.ended_early:
        yield "the server: expected it to run until SIGTERM; it ended before"
    elif report.exit_code != 0:
        yield f"the server: expected status 0 after SIGTERM; found {report.exit_code}"
    if not report.ended_early and not report.answered_while_ending:
        yield "the server: expected answers after SIGTERM to what it had accepted; found none"


def _overload(report: Report, bounds: Bounds) -> Iterator[str]:
    slowest = max(report.shed_seconds, default=0.0)
    if bounds.must_shed and report.bursts and not report.shed_seconds:
        yield "bursts: expected some requests to be answered 429 or 503; found none, so they were no overload"
    if bounds.shed_seconds is not None and slowest > bounds.shed_seconds:
        yield f"bursts: expected 429 or 503 within {bounds.shed_seconds:.0f} s; the slowest took {slowest:.1f} s"


def _memory(report: Report) -> Iterator[str]:
    for name, values in (
        ("all processes", [each.all_mb for each in _settled(report.weights)]),
        ("the process that listens", [each.front_mb for each in _settled(report.weights)]),
    ):
        early, late = quarters(values)
        if late > early * (1 + GROWTH) + GROWTH_MB:
            yield f"memory of {name}: expected it to be flat; it grew from {early:.0f} to {late:.0f} MB"


def _settled(weights: Sequence[Weight]) -> list[Weight]:
    """Without the moments in which a worker was missing, being started anew."""
    usual = statistics.mode(each.processes for each in weights) if weights else 0
    return [each for each in weights if each.processes == usual]


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """Medians of the second and of the last quarter; (0, 0) of fewer than eight values."""
    quarter = len(values) // 4
    if quarter < 2:
        return 0.0, 0.0
    return statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])


def table(report: Report) -> Iterator[str]:
    """What happened, as Markdown."""
    yield "| clients | requests | right | shed | turned away | wrong |"
    yield "|---|---|---|---|---|---|"
    for kind, found in report.outcomes.items():
        wrong = found.total() - sum(found[each] for each in FINE)
        yield f"| {kind} | {found.total():,} | {' | '.join(f'{found[each]:,}' for each in FINE)} | {wrong:,} |"
    yield ""
    yield from _lines(report)


def _lines(report: Report) -> Iterator[str]:
    if report.good_seconds:
        middle, slowest = 1000 * statistics.median(report.good_seconds), max(report.good_seconds)
        yield f"Good requests: median {middle:.0f} ms, slowest {slowest:.1f} s (bursts and killed workers included)."
    shed = f", the slowest 429 or 503 after {max(report.shed_seconds):.2f} s" if report.shed_seconds else ""
    yield f"Workers killed: {report.kills}. Bursts: {report.bursts}{shed}."
    for name, values in (("All processes", "all_mb"), ("The process that listens", "front_mb")):
        early, late = quarters([getattr(each, values) for each in _settled(report.weights)])
        yield f"{name}: {early:.0f} MB in the second quarter of the time, {late:.0f} MB in the last."
    end = f"SIGTERM: {report.answered_while_ending} answers after it, status {report.exit_code}"
    yield f"{end} within {report.end_seconds:.1f} s."
