"""`make chaos`: the whole matrix, printed and written to docs/reliability.md."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.chaos import report
from tests.chaos.matrix import (
    KNOWN_FILE,
    Case,
    Result,
    all_cases,
    known_violations,
    try_case,
)

CHUNK = 20
REPORTED_EVERY = 200
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
HEADER = (
    "# Cases of the matrix that are known to violate something. "
    "The list only shrinks: python -m tests.chaos --update-known\n"
)


def main(arguments: list[str]) -> int:
    """1 where a case goes wrong that is not known to, or the other way round."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each n-th case")
    parser.add_argument("--only", default="", help="only cases with this in their name")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--update-known", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(arguments)
    chosen = [case for case in all_cases() if options.only in case.name]
    results = tried(chosen[:: options.every], options.workers)
    print(report.tables(results))
    if options.update_known:
        wrong = sorted(item.case.name for item in results if item.violations)
        KNOWN_FILE.write_text(HEADER + "".join(f"{name}\n" for name in wrong))
    if options.write:
        PAGE.write_text(report.replaced(PAGE.read_text(), report.tables(results)))
    surprises = list(report.differences(results, known_violations()))
    print("\n".join(surprises) or "Nothing that is not known.")
    return 1 if surprises else 0


def tried(cases: list[Case], workers: int) -> list[Result]:
    """What each case came to, in order; how far it is stands on the terminal, with each violation as it is found."""
    results: list[Result] = []
    with ProcessPoolExecutor(workers) as pool:
        for result in pool.map(try_case, cases, chunksize=CHUNK):
            results.append(result)
            for violation in result.violations:
                print(f"{result.case.name}: {violation}", flush=True)
            if len(results) % REPORTED_EVERY == 0:
                print(f"{len(results)} of {len(cases)}", file=sys.stderr, flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
