"""What tests of predictors share: two answers of one shape compared, and a predictor's model used as torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def assert_alike(ours: Any, theirs: Any, leaf: Callable[[Any, Any], None]) -> None:
    """The same lists in lists; `leaf` compares what is no list."""
    assert type(ours) is type(theirs)
    if not isinstance(theirs, list):
        return leaf(ours, theirs)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert_alike(one, other, leaf)
    return None


def loosely(value: object) -> Any:
    """The value without its type: for the parts of models and tokenizers that predictors do not use."""
    return value
