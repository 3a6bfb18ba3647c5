"""The matrix as tables: how the runs ended, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.chaos.faults import PASSING, Kind
from tests.chaos.matrix import Result
from tests.chaos.scenarios import SCENARIOS

BEGIN = "<!-- make chaos writes this -->"
END = "<!-- until here -->"

Key = Callable[[Result], str]


def tables(results: Sequence[Result]) -> str:
    """Both tables, in Markdown."""
    kinds = _table("what goes wrong", Kind, lambda result: result.case.kind, results)
    functions = dict.fromkeys(result.case.call.function for result in results)
    by_function = _table(
        "in which function",
        functions,
        lambda result: result.case.call.function,
        results,
    )
    return (
        f"{len(results):,} cases: how the run ended, and how often; a case that violates something is counted as "
        f"**wrong**.\n\n{kinds}\n{by_function}"
    )


def _table(title: str, rows: Iterable[str], key: Key, results: Sequence[Result]) -> str:
    names = [scenario.name for scenario in SCENARIOS]
    lines = [f"| {title} | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for row in rows:
        own = [result for result in results if key(result) == row]
        cells = [_cell(own, name) for name in names]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(results: Sequence[Result], scenario: str) -> str:
    ends = Counter(
        "**wrong**" if result.violations else result.status
        for result in results
        if result.case.scenario.name == scenario
    )
    return ", ".join(f"{count} {end}" for end, count in ends.most_common()) or "-"


def differences(results: Sequence[Result], names: frozenset[str]) -> Iterator[str]:
    """What is wrong and not in the list of known violations, and what is in the list and is right."""
    wrong = {result.case.name: result for result in results if result.violations}
    for name in sorted(wrong.keys() - names):
        yield f"new: {name}: {'; '.join(wrong[name].violations)}"
    tried = {result.case.name for result in results}
    for name in sorted(names & tried - wrong.keys()):
        yield f"passes now, take it off the list: {name}"


def replaced(page: str, text: str) -> str:
    """The page with `text` between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}"


def is_passing(result: Result) -> bool:
    return result.case.kind in PASSING
