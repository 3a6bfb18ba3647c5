"""The table of known failures in `docs/troubleshooting.md`."""

from __future__ import annotations

from functions.explain.known_failures import FACTS, RECOGNISED
from tools.marked_section import replace_section

BEGIN, END = "<!-- make generate writes this table -->", "<!-- end of the table -->"


def update(page: str) -> str:
    """The page with the table of the failures as the code knows them now."""
    return replace_section(page, BEGIN, END, table())


def table() -> str:
    """Every known failure as a row of a Markdown table: what gives it away, its cause, its remedy."""
    lines = [
        "| what gives it away | `failure.cause` | `failure.remedy` |",
        "|---|---|---|",
    ]
    for failure in RECOGNISED:
        lines.append(_row(failure.symptom, failure.cause, failure.remedy))
    for fact in FACTS:
        lines.append(_row(fact.symptom, fact.cause.format(what="…"), fact.remedy))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    escaped = [cell.replace("<", "&lt;") for cell in cells]
    return f"| {' | '.join(escaped)} |"
