"""Settings that are right one by one and impossible together: a rule each, all of them in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from functions.logic.options.base import Options
from tasks import Problem

Rule = Callable[[Options, str], Problem | None]


def broken_rules(options: Options, file: str) -> Iterator[Problem]:
    """The problems of all rules that do not hold."""
    for rule in RULES:
        if problem := rule(options, file):
            yield problem


RULES: tuple[Rule, ...] = ()
