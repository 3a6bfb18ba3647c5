"""The table of what each function may do, in `docs/permissions.md`."""

from __future__ import annotations

from tools.marked_section import replace_section
from tools.permissions import PERMISSIONS, ROLES

BEGIN, END = "<!-- make generate writes this table -->", "<!-- end of the table -->"


def update(page: str) -> str:
    """The page with the table of the permissions as the code names them now."""
    return replace_section(page, BEGIN, END, table())


def table() -> str:
    """One row for each permission of each function and role."""
    lines = ["| function or role | actions | on |", "|---|---|---|"]
    for function, permissions in (PERMISSIONS | ROLES).items():
        for permission in permissions:
            actions = ", ".join(permission.actions)
            resources = ", ".join(
                f"`{resource.name}`" for resource in permission.resources
            )
            lines.append(f"| `{function}` | {actions} | {resources} |")
    return "\n".join(lines)
