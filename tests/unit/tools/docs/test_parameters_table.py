from __future__ import annotations

from typing import Any

import pytest

from tools.docs.parameters_table import table


@pytest.mark.parametrize(
    ("parameter", "cells"),
    [
        ({"Default": ""}, "empty |  | What it does."),
        ({"Default": 0, "MinValue": 0}, "`0` | 0… | What it does."),
        ({"Default": 3, "MinValue": 1, "MaxValue": 9}, "`3` | 1…9 | What it does."),
        ({"Default": "a", "AllowedValues": ["a", "b"]}, "`a` | a, b | What it does."),
    ],
)
def test_a_parameter_is_a_row(parameter: dict[str, Any], cells: str) -> None:
    described = parameter | {"Description": "What\n  it does."}
    assert table({"Name": described}).splitlines()[2:] == [f"| `Name` | {cells} |"]
