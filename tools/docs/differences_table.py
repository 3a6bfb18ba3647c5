"""The table of `docs/localcloud.md`: where the local cloud differs from AWS, and the test that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.differences import DIFFERENCES, Difference
from tools.marked_section import replace_section

BEGIN, END = (
    "<!-- make generate writes the differences -->",
    "<!-- end of the differences -->",
)


def update(page: str) -> str:
    """The page with a row for each difference."""
    return replace_section(page, BEGIN, END, table(DIFFERENCES))


def table(differences: Sequence[Difference]) -> str:
    """One row for each difference, in their order; its test is a link."""
    rows = [
        f"| {row.service} | {row.aws} | {row.here} | {_link(row.test)} |"
        for row in differences
    ]
    return "\n".join(
        ["| service | on AWS | here | shown by |", "|---|---|---|---|", *rows]
    )


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"
