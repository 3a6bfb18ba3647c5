"""What was measured of the servers, as Markdown: one line a server, and how ours stand against what they aim at."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from benchmarks.serving_model import Agreement

PEER = "container"
SCORE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Cell:
    """One server under so many clients; `load_cpu` is the load generator's own share of a core."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    rate: float
    cpu_ms: float
    load_cpu: float
    errors: int = 0


@dataclass(frozen=True)
class Round:
    """One life of a server; memory is that of its whole tree of processes after the load."""

    start_seconds: float
    memory_mb: float
    cells: Mapping[int, Cell]


@dataclass(frozen=True)
class Result:
    """Medians of a server's rounds. `limit` is what its engine reaches alone, in texts/s."""

    name: str
    start_seconds: float
    memory_mb: float
    cells: Mapping[int, Cell]
    agreement: Agreement
    limit: float | None = None


@dataclass(frozen=True)
class Aim:
    """`reached` may be None: then it was not measured."""

    title: str
    bound: Callable[[str], float]
    reached: Callable[[Result, Result | None], float | None]
    at_least: bool = True


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share does not exceed; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median_cell(cells: Sequence[Cell]) -> Cell:
    """Medians of each figure; errors are added up."""
    figures = [each.name for each in fields(Cell) if each.name != "errors"]
    medians = {name: statistics.median(getattr(cell, name) for cell in cells) for name in figures}
    return Cell(**medians, errors=sum(cell.errors for cell in cells))


def result(name: str, rounds: Sequence[Round], agreement: Agreement, limits: Sequence[float]) -> Result:
    return Result(
        name,
        statistics.median(each.start_seconds for each in rounds),
        statistics.median(each.memory_mb for each in rounds),
        {clients: median_cell([each.cells[clients] for each in rounds]) for clients in rounds[0].cells},
        agreement,
        statistics.median(limits) if limits else None,
    )


def table(results: Sequence[Result]) -> Iterator[str]:
    """One line a server. A cell of clients: p50 / p95 / p99 in ms, requests/s."""
    clients = list(results[0].cells)
    columns = [f"{number} client{'s' if number > 1 else ''}" for number in clients]
    columns += ["CPU ms a request", "limit", "memory", "start", "labels as transformers", "largest difference"]
    yield f"| server | {' | '.join(columns)} |"
    yield "|" + "---|" * (len(columns) + 1)
    for each in results:
        yield f"| {' | '.join([each.name, *(_cell(each.cells[number]) for number in clients), *_rest(each)])} |"


def _cell(cell: Cell) -> str:
    errors = f", **{cell.errors} errors**" if cell.errors else ""
    return f"{cell.p50_ms:.1f} / {cell.p95_ms:.1f} / {cell.p99_ms:.1f} ms, {cell.rate:.1f}/s{errors}"


def _rest(each: Result) -> Iterator[str]:
    yield f"{each.cells[max(each.cells)].cpu_ms:.1f}"
    yield f"{each.limit:.0f}/s" if each.limit else "-"
    yield f"{each.memory_mb:,.0f} MB"
    yield f"{each.start_seconds:.1f} s"
    yield f"{each.agreement.equal_labels:,} of {each.agreement.answers:,}"
    yield f"{each.agreement.largest:.1e}"


def load_line(results: Sequence[Result]) -> str:
    busiest = max(cell.load_cpu for each in results for cell in each.cells.values())
    return f"The load generator itself took at most {busiest:.1%} of a core."


def _ratio(figure: Callable[[Result], float | None]) -> Callable[[Result, Result | None], float | None]:
    def compared(ours: Result, peer: Result | None) -> float | None:
        one, other = figure(ours), figure(peer) if peer else None
        return one / other if one is not None and other else None

    return compared


def _rate_at(clients: int) -> Callable[[Result], float | None]:
    return lambda each: each.cells[clients].rate if clients in each.cells else None


def _p50_alone(each: Result) -> float | None:
    return each.cells[1].p50_ms if 1 in each.cells else None


def _of_the_limit(ours: Result, _: Result | None) -> float | None:
    rate = _rate_at(64)(ours)
    return rate / ours.limit if rate is not None and ours.limit else None


def _unequal(ours: Result, _: Result | None) -> float:
    return 1 - ours.agreement.equal_labels / max(1, ours.agreement.answers)


def _int8(name: str) -> bool:
    return name.endswith("int8")


AIMS = (
    Aim("requests/s at 16 clients", lambda name: 3.0 if _int8(name) else 2.2, _ratio(_rate_at(16))),
    Aim("p50 at 1 client", lambda _: 1 / 2, _ratio(_p50_alone), at_least=False),
    Aim("memory", lambda _: 1 / 3, _ratio(lambda each: each.memory_mb), at_least=False),
    Aim("start", lambda _: 1 / 4, _ratio(lambda each: each.start_seconds), at_least=False),
    Aim("64 clients against the limit", lambda _: 0.9, _of_the_limit),
    Aim("labels unequal", lambda name: 1.0 if _int8(name) else 0.0, _unequal, at_least=False),
    Aim(
        "largest difference",
        lambda name: 1.0 if _int8(name) else SCORE_TOLERANCE,
        lambda each, _: each.agreement.largest,
        at_least=False,
    ),
)


def aims(results: Sequence[Result]) -> Iterator[str]:
    """Ours against the container, the limit and plain transformers; what int8 changes of answers is told, not bound."""
    peer = next((each for each in results if each.name == PEER), None)
    yield f"| against {PEER} | {' | '.join(aim.title for aim in AIMS)} |"
    yield "|" + "---|" * (len(AIMS) + 1)
    for each in results:
        if each.name.startswith("ours"):
            yield f"| {each.name} | {' | '.join(_judged(aim, each, peer) for aim in AIMS)} |"


def _judged(aim: Aim, ours: Result, peer: Result | None) -> str:
    reached, bound = aim.reached(ours, peer), aim.bound(ours.name)
    if reached is None:
        return "not measured"
    met = reached >= bound if aim.at_least else reached <= bound
    sign = "≥" if aim.at_least else "≤"
    return f"{reached:.2g} ({sign} {bound:.2g}: {'met' if met else '**not met**'})"
