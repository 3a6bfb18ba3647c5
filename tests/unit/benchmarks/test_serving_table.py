from __future__ import annotations

import math

import pytest

from benchmarks.serving_model import Agreement
from benchmarks.serving_table import (
    Cell,
    Result,
    Round,
    aims,
    load_line,
    percentile,
    result,
    table,
)

SAME = Agreement(100, 100, 2e-7)


def cell(rate: float, p50: float = 10.0, errors: int = 0) -> Cell:
    return Cell(p50, 2 * p50, 3 * p50, rate, 5.0, 0.02, errors)


def of(
    name: str,
    memory: float,
    start: float,
    rates: tuple[float, float, float],
    **fields: object,
) -> Result:
    cells = {1: cell(rates[0], 1000 / rates[0]), 16: cell(rates[1]), 64: cell(rates[2])}
    settings: dict[str, object] = {"agreement": SAME, "limit": None, **fields}
    return Result(name, start, memory, cells, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(
    share: float, expected: float
) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


def test_the_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))
    assert percentile([7.0], 0.99) == 7.0


def test_a_result_is_of_medians_and_of_all_errors() -> None:
    rounds = [
        Round(start, 10 * start, {1: cell(start, errors=1)})
        for start in (3.0, 1.0, 2.0)
    ]
    ours = result("ours", rounds, SAME, [7.0, 9.0, 8.0])
    assert (ours.start_seconds, ours.memory_mb, ours.limit) == (2.0, 20.0, 8.0)
    assert ours.cells[1] == cell(2.0, errors=3)
    assert result("peer", rounds, SAME, []).limit is None


def test_a_line_of_the_table_holds_all_figures() -> None:
    ours = Result(
        "ours",
        1.5,
        1234.4,
        {1: cell(50.0), 4: cell(90.0, 20.0, errors=2)},
        Agreement(9, 8, 0.25),
        100.4,
    )
    header, _, line = table([ours])
    assert header == (
        "| server | 1 client | 4 clients | CPU ms a request | limit | memory | start | labels as transformers "
        "| largest difference |"
    )
    assert line == (
        "| ours | 10.0 / 20.0 / 30.0 ms, 50.0/s | 20.0 / 40.0 / 60.0 ms, 90.0/s, **2 errors** | 5.0 | 100/s | 1,234 MB "
        "| 1.5 s | 8 of 9 | 2.5e-01 |"
    )
    assert load_line([ours]) == "The load generator itself took at most 2.0% of a core."


def test_aims_are_judged_against_the_container_and_the_limit() -> None:
    peer = of("container", 1500, 20, (40, 80, 85))
    ours = of(
        "ours-float32",
        400,
        6,
        (100, 200, 190),
        limit=200.0,
        agreement=Agreement(100, 99, 2e-3),
    )
    assert list(aims([peer, ours]))[2:3] == [
        "| ours-float32 | 2.5 (≥ 2.2: met) | 0.4 (≤ 0.5: met) | 0.27 (≤ 0.33: met) | 0.3 (≤ 0.25: **not met**) "
        "| 0.95 (≥ 0.9: met) | 0.01 (≤ 0: **not met**) | 0.002 (≤ 0.001: **not met**) |"
    ]


def test_int8_has_to_be_faster_and_may_differ() -> None:
    peer = of("container", 1500, 20, (40, 80, 85))
    ours = of("ours-int8", 400, 4, (100, 200, 190), agreement=Agreement(100, 97, 0.1))
    line = list(aims([peer, ours]))[2]
    assert "2.5 (≥ 3: **not met**)" in line
    assert line.endswith("| not measured | 0.03 (≤ 1: met) | 0.1 (≤ 1: met) |")


def test_without_the_container_nothing_is_compared_with_it() -> None:
    assert (
        list(aims([of("ours-torch", 400, 4, (100, 200, 190))]))[2].count("not measured")
        == 5
    )


def test_the_container_with_our_archive_has_aims_of_its_own() -> None:
    peer = of("container", 1500, 9, (40, 80, 85))
    float32 = of("container-float32", 1500, 9.5, (60, 168, 160))
    int8 = of(
        "container-int8", 1500, 10.5, (90, 240, 240), agreement=Agreement(100, 97, 0.1)
    )
    assert list(aims([peer, float32, int8]))[-2:] == [
        "| container-float32 | 2.1 (≥ 2: met) | 0.5 (≤ 1: met) | 0 (≤ 0: met) | 2e-07 (≤ 0.001: met) |",
        "| container-int8 | 3 (≥ 3.5: **not met**) | 1.5 (≤ 1: **not met**) | 0.03 (≤ 1: met) | 0.1 (≤ 1: met) |",
    ]
