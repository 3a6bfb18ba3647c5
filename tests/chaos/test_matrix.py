"""A sample of the matrix that `make chaos` walks whole: cases from all over it, a few of each scenario."""

from __future__ import annotations

import pytest

from tests.chaos.matrix import all_cases, cases, known_violations, points, try_case
from tests.chaos.scenarios import REDEPLOY, SCENARIOS, Scenario

CASES_PER_SCENARIO = 5
MORE_CASES = 9
"""Of each scenario, in `make test-all`."""
MENDED = (
    "first deploy | Inspect: s3 ListObjectVersions | execution stopped, function goes on",
    "archive drop | CreateModel: dynamodb GetItem | execution stopped, function goes on",
    "archive drop | Retire: sagemaker DeleteModel | denied from now on",
    "redeploy | Retire: sagemaker DeleteModel | execution stopped",
    "redeploy | Promote: dynamodb TransactWriteItems | denied from now on",
    "redeploy | Deploy: sagemaker DescribeEndpoint (2) | not visible once",
    "stop in training | Inspect: s3 ListObjectVersions (2) | denied from now on",
    "retry training | StartTraining: sagemaker DescribeTrainingJob | not visible once",
)
"""What the whole matrix has found, by name."""


@pytest.mark.parametrize(
    "count", [CASES_PER_SCENARIO, pytest.param(MORE_CASES, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_that_goes_wrong_hurts(scenario: Scenario, count: int) -> None:
    whole = cases(scenario)
    sample = whole[:: len(whole) // count]
    results = {case.name: try_case(case).violations for case in sample}
    wrong = {name: sentences for name, sentences in results.items() if sentences}
    assert wrong.keys() == known_violations() & results.keys(), wrong


@pytest.mark.parametrize("name", MENDED)
def test_what_the_matrix_has_found_stays_mended(name: str) -> None:
    (case,) = [case for case in all_cases() if case.name == name]
    assert try_case(case).violations == ()


def test_a_champion_is_superseded_in_the_write_that_makes_the_next_one() -> None:
    """So there is no moment with two live runs, nor a call that could fail between."""
    labels = [call.label for call, _ in points(REDEPLOY)]
    promotion = labels[labels.index("Promote: lambda Invoke") :]
    assert "Promote: dynamodb TransactWriteItems" in promotion
    assert "Promote: dynamodb UpdateItem" not in promotion
