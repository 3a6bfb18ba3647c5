"""A sample of the matrix that `make chaos` walks whole: cases from all over it, a few of each scenario."""

from __future__ import annotations

import pytest

from tests.chaos.matrix import cases, known_violations, try_case
from tests.chaos.scenarios import SCENARIOS, Scenario

CASES_PER_SCENARIO = 9


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_that_goes_wrong_hurts(scenario: Scenario) -> None:
    whole = cases(scenario)
    sample = whole[:: len(whole) // CASES_PER_SCENARIO]
    results = {case.name: try_case(case).violations for case in sample}
    wrong = {name: sentences for name, sentences in results.items() if sentences}
    assert wrong.keys() == known_violations() & results.keys(), wrong
