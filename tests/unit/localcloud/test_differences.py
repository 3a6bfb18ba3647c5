"""Every difference names a test that `make test` runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from localcloud.differences import DIFFERENCES, Difference

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "difference", DIFFERENCES, ids=lambda row: row.test.partition("::")[2]
)
def test_the_test_of_a_difference_exists_and_always_runs(
    difference: Difference,
) -> None:
    path, _, name = difference.test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    matches = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert len(matches) == 1
    marks = [ast.unparse(decorator) for decorator in matches[0].decorator_list]
    assert not [
        mark for mark in marks if "slow" in mark or "skip" in mark or "xfail" in mark
    ]
