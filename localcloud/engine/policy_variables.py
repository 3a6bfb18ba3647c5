"""Variables in policies: ministack compares `${aws:PrincipalTag/team}` as it is written.

IAM puts in what the request has under that key. A text with a key that the request does not have matches nothing.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from ministack.core import iam_evaluator

from localcloud.engine.common.patching import replace, symbol

_VARIABLE = re.compile(r"\$\{([^}]*)\}")

_NOTHING = ""
"""No resource has this name; a statement without resources would be about all of them."""


class _AbsentError(Exception):
    """A variable's key is not in the request's context."""


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(iam_evaluator, "_resolve_condition_key", "key ctx")
    replace(iam_evaluator, "_first_match", "ctx stmts effect", _with_values)


def _with_values(original: Any) -> Any:
    def first_match(ctx: Any, stmts: list[Any], effect: str) -> Any:
        return original(ctx, [_resolved(stmt, ctx) for stmt in stmts], effect)

    return first_match


def _resolved(statement: Any, context: Any) -> Any:
    texts = [*statement.resources, *statement.not_resources, str(statement.conditions)]
    if not any("${" in text for text in texts):
        return statement
    conditions = {
        operator: _condition(keys, context)
        for operator, keys in statement.conditions.items()
    }
    resources = _values(statement.resources, context)
    excepted = _values(statement.not_resources, context)
    if len(excepted) < len(statement.not_resources):
        # Whatever it excepts, it is not known: the statement is about nothing.
        resources, excepted = [], []
    return dataclasses.replace(
        statement,
        resources=resources if resources or excepted else [_NOTHING],
        not_resources=excepted,
        conditions=conditions,
    )


def _condition(keys: dict[str, Any], context: Any) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for key, expected in keys.items():
        texts = expected if isinstance(expected, list) else [expected]
        values[key] = _values(map(str, texts), context)
    return values


def _values(texts: Iterable[str], context: Any) -> list[str]:
    """The texts with the request's values; those that name an absent key are left out."""
    values = []
    for text in texts:
        try:
            values.append(_VARIABLE.sub(lambda match: _value(match[1], context), text))
        except _AbsentError:
            continue
    return values


def _value(name: str, context: Any) -> str:
    key, _, default = map(str.strip, name.partition(","))
    value = iam_evaluator._resolve_condition_key(key, context)
    if isinstance(value, str):
        return value
    if default:
        return default.strip("'")
    raise _AbsentError
