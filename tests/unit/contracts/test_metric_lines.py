from __future__ import annotations

import re

import pytest

from contracts.metric_lines import metric_definitions, metric_line


@pytest.mark.parametrize(
    "value", [0.5, -1e-9, 1234567.0, float("nan"), float("inf"), float("-inf"), 1e20]
)
def test_every_printed_number_is_found_again(value: float) -> None:
    line = metric_line(other=1, train_loss=value, loss=2)
    (definition,) = metric_definitions(["train_loss"])
    match = re.search(definition["Regex"], line)
    assert match is not None
    assert match[1] == f"{value:.6g}"
