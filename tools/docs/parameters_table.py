"""The table of the stack's parameters in `docs/options.md`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.marked_section import replace_section
from tools.template_yaml import parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
BEGIN, END = "<!-- make generate writes this table -->", "<!-- end of the table -->"


def update(page: str) -> str:
    """The page with the table of the parameters as the template has them now."""
    parameters = parse(TEMPLATE.read_text("utf-8"))["Parameters"]
    return replace_section(page, BEGIN, END, table(parameters))


def table(parameters: dict[str, dict[str, Any]]) -> str:
    """One row for each parameter, from its definition in a template."""
    lines = ["| parameter | default | allowed | what it does |", "|---|---|---|---|"]
    for name, parameter in parameters.items():
        default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"
        description = " ".join(parameter["Description"].split())
        lines.append(
            f"| `{name}` | {default} | {_allowed(parameter)} | {description} |"
        )
    return "\n".join(lines)


def _allowed(parameter: dict[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(str(value) for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']}…{parameter.get('MaxValue', '')}"
    return ""
