"""The table of `docs/options.md` of hyperparameters that depend on the data: `tasks.training_defaults.RULES`."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.training_defaults import RULES, Rule
from tools.marked_section import replace_section

BEGIN = "<!-- make generate writes the training defaults -->"
END = "<!-- end of the training defaults -->"


def update(page: str) -> str:
    return replace_section(page, BEGIN, END, table(RULES))


def table(rules: Sequence[Rule]) -> str:
    """One row for each rule, in the order in which they apply."""
    rows = ["| task | where | default | why |", "|---|---|---|---|"]
    for rule in rules:
        values = ", ".join(
            f"`{name}` {_plain(value)}" for name, value in rule.values.items()
        )
        rows.append(f"| `{rule.task}` | {rule.conditions} | {values} | {rule.reason} |")
    return "\n".join(rows)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)
