from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cli.inspection import SETTINGS
from tests.drops.cases import InspectionResult, case_names, inspected

SHARDED = replace(SETTINGS, parallel_inspect_mb=1e-9)
"""Every file is a shard."""


ALWAYS_EVERY = 12
"""Of the cases in their order, in which those of a kind stand together; the others are left to `make test-all`."""


def _cases() -> Iterator[Any]:
    for number, name in enumerate(case_names()):
        marks = (pytest.mark.slow,) if number % ALWAYS_EVERY else ()
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", list(_cases()))
def test_a_drop_inspected_in_shards_gives_the_same_run(name: str) -> None:
    plain = inspected(name)
    check(inspected(name, stack=SHARDED), plain)
    for choice in plain.problems[0].get("choices", ()) if plain.problems else ():
        settings = choice["settings"]
        check(inspected(name, settings, SHARDED), inspected(name, settings))


def check(sharded: InspectionResult, plain: InspectionResult) -> None:
    if "names the split of each row" in sharded.texts:
        return
    assert sharded.outcome == plain.outcome, sharded.texts
    assert facts(sharded.record) == facts(plain.record)
    assert sharded.result.spec == plain.result.spec
    assert sharded.result.rows == plain.result.rows


def facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """All that a run record says but for times."""
    data = dict(record.get("data", {}))
    profile = {**data.get("profile", {}), "seconds": 0}
    return {**record, "data": {**data, "profile": profile}}
