from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.drops.cases import Inspected, case_names, expected_of, inspected

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
    found = inspected(name)
    check(found, expected)
    if found.outcome == "asked":
        choices = found.problems[0]["choices"]
        assert len(choices) == len(expected["settled"]), choices
        for choice, settled in zip(choices, expected["settled"], strict=True):
            check(inspected(name, choice["settings"]), settled)


def check(found: Inspected, expected: Mapping[str, Any]) -> None:
    assert not expected.keys() - KEYS
    assert found.outcome == expected["outcome"], found.texts
    for text in expected.get("says", []):
        assert text in found.texts
    for text in expected.get("never_says", []):
        assert text not in found.texts
    if "problems" in expected:
        assert found.record["problem_count"] == expected["problems"], found.texts
    if found.outcome == "ready":
        check_reading(found, expected)
    else:
        assert expected.get("says"), "a refusal says what to do"


def check_reading(found: Inspected, expected: Mapping[str, Any]) -> None:
    data = found.record["data"]
    assert found.task == expected["task"], found.texts
    assert expected.keys() & {"columns", "contains"}
    assert data["columns"] == expected.get("columns", data["columns"])
    assert sorted(data["labels"]) == expected.get("labels", sorted(data["labels"]))
    assert len(found.rows) == expected.get("rows", len(found.rows))
    for row in expected.get("contains", []):
        assert any(row.items() <= learnt.items() for learnt in found.rows), found.rows[:3]
