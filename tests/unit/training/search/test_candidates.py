from __future__ import annotations

import pytest

from contracts.spec import Search
from tasks.hyperparameters import Hyperparameters
from training.search.candidates import EPOCH_FACTORS, RATE_FACTORS, candidates

DEFAULTS = Hyperparameters(learning_rate=1e-4, epochs=2, min_steps=100)


def test_the_first_candidate_is_the_job_itself() -> None:
    first, *_ = candidates(Search(trials=2), DEFAULTS)
    assert (first.arguments, first.base_model) == (DEFAULTS, "")


@pytest.mark.parametrize("trials", [2, 3, 8, 100])
def test_there_are_as_many_as_asked_for_all_within_the_ranges(trials: int) -> None:
    drawn = candidates(Search(trials=trials), DEFAULTS)
    assert len(drawn) == trials
    low, high = (DEFAULTS.learning_rate * factor for factor in RATE_FACTORS)
    for candidate in drawn:
        assert 0.99 * low <= candidate.arguments.learning_rate <= 1.01 * high
        passes = candidate.arguments.epochs / DEFAULTS.epochs
        assert passes in EPOCH_FACTORS
        assert candidate.arguments.min_steps == DEFAULTS.min_steps * passes


def test_rates_are_spread_evenly_by_their_logarithm() -> None:
    drawn = candidates(Search(trials=17), DEFAULTS)[1:]
    rates = [candidate.arguments.learning_rate for candidate in drawn]
    assert len(set(rates)) == 16
    middle = DEFAULTS.learning_rate * (RATE_FACTORS[0] * RATE_FACTORS[1]) ** 0.5
    assert 7 <= sum(rate < middle for rate in rates) <= 9


def test_a_longer_search_begins_like_a_shorter_one() -> None:
    search = Search(trials=4, base_models=("org/other",))
    longer = Search(trials=9, base_models=("org/other",))
    assert candidates(search, DEFAULTS) == candidates(longer, DEFAULTS)[:4]


def test_every_base_model_has_its_turn() -> None:
    search = Search(trials=12, base_models=("org/one", "org/two"))
    used = [candidate.base_model for candidate in candidates(search, DEFAULTS)]
    assert min(used.count(name) for name in ("", "org/one", "org/two")) >= 2
