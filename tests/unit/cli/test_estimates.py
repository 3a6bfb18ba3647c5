from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli import estimates
from cli.estimates import NoRates, estimate, price_list
from cli.inspection import CheckResult, inspect_files
from contracts.costs import RateSample
from functions.adapters.errors import RefusedError
from tests.unit.cli.targets import memory_target
from tests.unit.functions.drops import reviews


@pytest.fixture
def checked(tmp_path: Path) -> CheckResult:
    path = tmp_path / "data.csv"
    path.write_text(reviews())
    return inspect_files({"data.csv": path}, "reviews")


class Rates:
    """The book of a stack, or of one that may not be read."""

    def __init__(self, *samples: RateSample, error: Exception | None = None) -> None:
        self.samples, self.error = samples, error

    def rates(self, kind: str) -> tuple[RateSample, ...]:
        if self.error:
            raise self.error
        return self.samples


def test_earlier_trainings_of_the_stack_count(
    checked: CheckResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = RateSample("r", 1000.0, 60.0, 90.0)
    monkeypatch.setattr(estimates, "book", lambda target: Rates(sample))
    cost = estimate(checked, memory_target())
    assert cost is not None
    assert cost.basis == "By what 1 training of the same kind took before."
    assert cost.sentence.startswith("Training: ")


def test_a_book_that_may_not_be_read_is_gone_without(
    checked: CheckResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = RefusedError("AccessDeniedException")
    monkeypatch.setattr(estimates, "book", lambda target: Rates(error=refusal))
    cost = estimate(checked, memory_target())
    assert cost is not None
    assert cost.basis.startswith("No training of this kind has been measured")


def test_nothing_is_estimated_where_nothing_is_trained(checked: CheckResult) -> None:
    spec: dict[str, Any] = {**checked.spec, "archive": "datasets/m/model.tar.gz"}
    deployable = CheckResult(checked.outcome, checked.record, spec)
    assert estimate(deployable, memory_target()) is None


def test_without_a_stack_there_is_neither_book_nor_price_list() -> None:
    assert isinstance(estimates.book(memory_target()), NoRates)
    assert price_list(memory_target()) is None
