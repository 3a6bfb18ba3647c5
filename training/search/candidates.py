"""What a search tries: points of a Halton sequence, which fill the space evenly however many there are.

The same settings always give the same candidates in the same order, so that an interrupted search needs to keep nothing
but results. With ten trials or so, a method that learns from earlier ones (TPE) is still drawing at random.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from contracts.spec import Search
from tasks.hyperparameters import Hyperparameters

RATE_FACTORS = (0.2, 3.0)
"""The learning rates that are tried, as multiples of the default, evenly spread by their logarithm."""
EPOCH_FACTORS = (1, 2, 3)
RATE_DIGITS = 2

T = TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    """Hyperparameters of one trial."""

    arguments: Hyperparameters
    base_model: str
    """Hub id; empty for the job's own base model."""


def candidates(search: Search, arguments: Hyperparameters) -> list[Candidate]:
    """As many as `search.trials`. The first is the job's own arguments, so that a search is no step back."""
    from scipy.stats import qmc  # noqa: PLC0415

    base_models = ("", *search.base_models)
    # The first point of the sequence is the corner of the space.
    points = qmc.Halton(d=3, scramble=False).random(search.trials)[1:]
    drawn = [Candidate(arguments, "")]
    for rate, passes, base in points.tolist():
        varied = _varied(arguments, rate, _pick(EPOCH_FACTORS, passes))
        drawn.append(Candidate(varied, _pick(base_models, base)))
    return drawn


def _varied(arguments: Hyperparameters, share: float, passes: int) -> Hyperparameters:
    """`share` is the place between the lowest and the highest learning rate, from 0 to 1."""
    low, high = (math.log(factor) for factor in RATE_FACTORS)
    rate = arguments.learning_rate * math.exp(low + share * (high - low))
    digits = RATE_DIGITS - 1 - math.floor(math.log10(rate))
    return replace(
        arguments,
        learning_rate=round(rate, digits),
        epochs=arguments.epochs * passes,
        min_steps=arguments.min_steps * passes,
    )


def _pick(choices: Sequence[T], share: float) -> T:
    return choices[min(len(choices) - 1, int(share * len(choices)))]
