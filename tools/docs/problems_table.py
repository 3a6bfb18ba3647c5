"""The tables of `docs/errors.md`: every kind of problem that the API answers with, and what API Gateway answers."""

from __future__ import annotations

from functions.api.problem_types import PROBLEM_TYPES, type_uri
from tools.gateway_responses import RESPONSES
from tools.marked_section import replace_section

BEGIN, END = "<!-- make generate writes this table -->", "<!-- end of the table -->"


def update(page: str) -> str:
    """The page with the table of the problems as the code knows them now."""
    return replace_section(page, BEGIN, END, table())


def table() -> str:
    """A row and an anchor for each kind, which its `type` names."""
    lines = [
        "| `type`, `error.code` | status | `title` | what to do |",
        "|---|---|---|---|",
    ]
    for code, kind in PROBLEM_TYPES.items():
        marker = " (API Gateway)" if code in gateway_codes() else ""
        name = f'<a id="{code}"></a>`{type_uri(code)}`{marker}'
        lines.append(f"| {name} | {kind.status} | {kind.title} | {kind.remedy} |")
    return "\n".join(lines)


def gateway_codes() -> frozenset[str]:
    """Kinds that API Gateway may answer without the function having seen the call."""
    return frozenset(response.code for response in RESPONSES.values())
