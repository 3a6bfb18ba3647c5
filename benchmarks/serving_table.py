"""Figures of the servers as Markdown: one line a server, and how ours compare with what they aim at."""

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
    """One server under one number of clients.

    `rate` is in requests/s, `cpu_ms` the server's CPU time for each request, `load_cpu` the load generator's own share
    of a core.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    rate: float
    cpu_ms: float
    load_cpu: float
    errors: int = 0


@dataclass(frozen=True)
class Round:
    """One life of a server; memory is that of its whole tree of processes after the load. Cells: by clients."""

    start_seconds: float
    memory_mb: float
    cells: Mapping[int, Cell]


@dataclass(frozen=True)
class Result:
    """Medians of a server's rounds. `limit` is what its engine reaches without a server, in texts/s."""

    name: str
    start_seconds: float
    memory_mb: float
    cells: Mapping[int, Cell]
    agreement: Agreement
    limit: float | None = None


@dataclass(frozen=True)
class Aim:
    """`bound` takes our server's name. `reached` takes our result and the peer's; None: it was not measured."""

    title: str
    bound: Callable[[str], float]
    reached: Callable[[Result, Result | None], float | None]
    at_least: bool = True


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by this share of the values (nearest rank); NaN if there are none."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    rank = math.ceil(share * len(ordered))
    return ordered[max(0, rank - 1)]


def median_cell(cells: Sequence[Cell]) -> Cell:
    """Medians of each figure; errors are added up."""
    medians = {}
    for figure in fields(Cell):
        if figure.name != "errors":
            medians[figure.name] = statistics.median(
                getattr(cell, figure.name) for cell in cells
            )
    return Cell(**medians, errors=sum(cell.errors for cell in cells))


def result(
    name: str, rounds: Sequence[Round], agreement: Agreement, limits: Sequence[float]
) -> Result:
    cells = {}
    for clients in rounds[0].cells:
        cells[clients] = median_cell([one_round.cells[clients] for one_round in rounds])
    return Result(
        name=name,
        start_seconds=statistics.median(
            one_round.start_seconds for one_round in rounds
        ),
        memory_mb=statistics.median(one_round.memory_mb for one_round in rounds),
        cells=cells,
        agreement=agreement,
        limit=statistics.median(limits) if limits else None,
    )


def table(results: Sequence[Result]) -> Iterator[str]:
    """One line a server. The cell of a number of clients: p50 / p95 / p99 in ms, requests/s."""
    clients = list(results[0].cells)
    columns = ["1 client" if number == 1 else f"{number} clients" for number in clients]
    columns += [
        "CPU ms a request",
        "limit",
        "memory",
        "start",
        "labels as transformers",
        "largest difference",
    ]
    yield _line("server", *columns)
    yield "|" + "---|" * (len(columns) + 1)
    for server in results:
        cells = [_cell(server.cells[number]) for number in clients]
        yield _line(server.name, *cells, *_other_columns(server))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    errors = f", **{cell.errors} errors**" if cell.errors else ""
    return f"{cell.p50_ms:.1f} / {cell.p95_ms:.1f} / {cell.p99_ms:.1f} ms, {cell.rate:.1f}/s{errors}"


def _other_columns(server: Result) -> Iterator[str]:
    most_clients = max(server.cells)
    yield f"{server.cells[most_clients].cpu_ms:.1f}"
    yield f"{server.limit:.0f}/s" if server.limit else "-"
    yield f"{server.memory_mb:,.0f} MB"
    yield f"{server.start_seconds:.1f} s"
    yield f"{server.agreement.equal_labels:,} of {server.agreement.answers:,}"
    yield f"{server.agreement.largest:.1e}"


def load_line(results: Sequence[Result]) -> str:
    busiest = 0.0
    for server in results:
        for cell in server.cells.values():
            busiest = max(busiest, cell.load_cpu)
    return f"The load generator itself took at most {busiest:.1%} of a core."


def _ratio(
    figure: Callable[[Result], float | None],
) -> Callable[[Result, Result | None], float | None]:
    """Our figure divided by the peer's; None if either was not measured."""

    def ratio(ours: Result, peer: Result | None) -> float | None:
        our_figure = figure(ours)
        peer_figure = figure(peer) if peer else None
        if our_figure is None or not peer_figure:
            return None
        return our_figure / peer_figure

    return ratio


def _rate_at(clients: int) -> Callable[[Result], float | None]:
    def rate(server: Result) -> float | None:
        return server.cells[clients].rate if clients in server.cells else None

    return rate


def _p50_alone(server: Result) -> float | None:
    return server.cells[1].p50_ms if 1 in server.cells else None


def _memory(server: Result) -> float:
    return server.memory_mb


def _start(server: Result) -> float:
    return server.start_seconds


def _of_the_limit(ours: Result, _: Result | None) -> float | None:
    if 64 not in ours.cells or not ours.limit:
        return None
    return ours.cells[64].rate / ours.limit


def _unequal(ours: Result, _: Result | None) -> float:
    equal_share = ours.agreement.equal_labels / max(1, ours.agreement.answers)
    return 1 - equal_share


def _longer_start(ours: Result, peer: Result | None) -> float | None:
    return ours.start_seconds - peer.start_seconds if peer else None


def _largest(ours: Result, _: Result | None) -> float:
    return ours.agreement.largest


def _bound(float32: float, int8: float) -> Callable[[str], float]:
    """A bound that differs with the precision of the server's graph; servers without one have that of float32."""
    return lambda name: int8 if name.endswith("int8") else float32


AIMS = (
    Aim("requests/s at 16 clients", _bound(2.2, int8=3.0), _ratio(_rate_at(16))),
    Aim(
        "p50 at 1 client", _bound(1 / 2, int8=1 / 2), _ratio(_p50_alone), at_least=False
    ),
    Aim("memory", _bound(1 / 3, int8=1 / 3), _ratio(_memory), at_least=False),
    Aim("start", _bound(1 / 4, int8=1 / 4), _ratio(_start), at_least=False),
    Aim("64 clients against the limit", _bound(0.9, int8=0.9), _of_the_limit),
    Aim("labels unequal", _bound(0.0, int8=1.0), _unequal, at_least=False),
    Aim(
        "largest difference",
        _bound(SCORE_TOLERANCE, int8=1.0),
        _largest,
        at_least=False,
    ),
)
"""Of our server. int8 may change any label and any score: its differences are shown, not bounded."""
ARCHIVE_AIMS = (
    Aim("requests/s at 16 clients", _bound(2.0, int8=3.5), _ratio(_rate_at(16))),
    Aim(
        "seconds longer to start", _bound(1.0, int8=1.0), _longer_start, at_least=False
    ),
    *AIMS[-2:],
)
"""Of the container's own server with our archive."""


def aims(results: Sequence[Result]) -> Iterator[str]:
    """Tables of our servers, and of the container with our archive, against the container with its own pipeline."""
    yield from _aim_table(results, "ours", AIMS)
    yield ""
    yield from _aim_table(results, f"{PEER}-", ARCHIVE_AIMS)


def _aim_table(
    results: Sequence[Result], prefix: str, aims: Sequence[Aim]
) -> Iterator[str]:
    """One line for each server whose name begins with `prefix`."""
    peers = [server for server in results if server.name == PEER]
    peer = peers[0] if peers else None
    yield _line(f"against {PEER}", *(aim.title for aim in aims))
    yield "|" + "---|" * (len(aims) + 1)
    for server in results:
        if server.name.startswith(prefix):
            yield _line(server.name, *(_aim_cell(aim, server, peer) for aim in aims))


def _aim_cell(aim: Aim, ours: Result, peer: Result | None) -> str:
    reached = aim.reached(ours, peer)
    if reached is None:
        return "not measured"
    bound = aim.bound(ours.name)
    met = reached >= bound if aim.at_least else reached <= bound
    sign = "≥" if aim.at_least else "≤"
    return f"{reached:.2g} ({sign} {bound:.2g}: {'met' if met else '**not met**'})"
