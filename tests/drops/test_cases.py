from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.drops.cases import InspectionResult, case_names, expected_of, inspected

KEYS = frozenset(
    [
        "outcome",
        "task",
        "columns",
        "labels",
        "rows",
        "contains",
        "says",
        "never_says",
        "problems",
        "settled",
    ]
)


@pytest.mark.parametrize("name", case_names())
def test_a_drop_is_read_as_its_owner_means_it_or_refused(name: str) -> None:
    expected = expected_of(name)
    result = inspected(name)
    check(result, expected)
    if result.outcome == "asked":
        choices = result.problems[0]["choices"]
        assert len(choices) == len(expected["settled"]), choices
        for choice, settled in zip(choices, expected["settled"], strict=True):
            check(inspected(name, choice["settings"]), settled)


def check(result: InspectionResult, expected: Mapping[str, Any]) -> None:
    assert not expected.keys() - KEYS
    assert result.outcome == expected["outcome"], result.texts
    for text in expected.get("says", []):
        assert text in result.texts
    for text in expected.get("never_says", []):
        assert text not in result.texts
    if "problems" in expected:
        assert result.record["problem_count"] == expected["problems"], result.texts
    if result.outcome == "ready":
        check_reading(result, expected)
    else:
        assert expected.get("says"), "a refusal says what to do"


def check_reading(result: InspectionResult, expected: Mapping[str, Any]) -> None:
    data = result.record["data"]
    assert result.task == expected["task"], result.texts
    assert expected.keys() & {"columns", "contains"}
    assert data["columns"] == expected.get("columns", data["columns"])
    assert sorted(data["labels"]) == expected.get("labels", sorted(data["labels"]))
    assert len(result.rows) == expected.get("rows", len(result.rows))
    for row in expected.get("contains", []):
        assert any(row.items() <= learnt.items() for learnt in result.rows), (
            result.rows[:3]
        )
