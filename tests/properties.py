"""How many examples a property test takes, by Hypothesis's profile."""

from __future__ import annotations

from hypothesis import settings


def scaled(count: int) -> int:
    """A third of `count` in a plain run; a tenth by the profile `dev`, four times as many by `thorough`."""
    return max(1, count * settings().max_examples // 100)
