from __future__ import annotations

from tasks.training_defaults import Rule
from tools.docs.training_defaults_table import table


def test_a_rule_is_a_row_with_its_conditions_and_values() -> None:
    rules = [
        Rule(
            "a-task",
            {"epochs": 2, "learning_rate": 3e-4},
            "so",
            min_labels=4,
            max_rows=20_000,
        ),
        Rule("other", {"min_steps": 200}, "thus"),
    ]
    assert table(rules).splitlines()[2:] == [
        "| `a-task` | 4 labels or more, at most 20,000 rows | `epochs` 2, `learning_rate` 0.0003 | so |",
        "| `other` | always | `min_steps` 200 | thus |",
    ]
