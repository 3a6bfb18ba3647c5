from __future__ import annotations

import re

import pytest

from contracts.metric_lines import (
    metric_definitions,
    metric_line,
    parse_metric_line,
)


@pytest.mark.parametrize(
    "value", [0.5, -1e-9, 1234567.0, float("nan"), float("inf"), float("-inf"), 1e20]
)
def test_every_printed_number_is_found_again(value: float) -> None:
    line = metric_line(other=1, train_loss=value, loss=2)
    (definition,) = metric_definitions(["train_loss"])
    match = re.search(definition["Regex"], line)
    assert match is not None
    assert match[1] == f"{value:.6g}"


def test_a_line_is_parsed_as_it_was_written() -> None:
    values = {"step": 10.0, "train_loss": 0.25, "eval_f1": 1e-06}
    assert parse_metric_line(f"  {metric_line(**values)}\n") == values


@pytest.mark.parametrize(
    "line", ["", "Loading", "[metric]loss=1", "x [metric] loss=1", "[metric] a word"]
)
def test_any_other_line_has_no_values(line: str) -> None:
    assert parse_metric_line(line) is None
