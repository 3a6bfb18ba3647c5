"""Values as DynamoDB keeps them, and the update expressions that write them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

INDEX_ATTRIBUTES = frozenset({"pk", "sk", "kind", "sort"})


def to_item(value: Any) -> Any:
    """JSON data with floats as decimals; what is not a number (NaN, infinity) becomes null."""
    return json.loads(json.dumps(value), parse_float=Decimal, parse_constant=lambda _: None)


def from_item(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: from_item(part) for key, part in value.items()}
    return [from_item(part) for part in value] if isinstance(value, list) else value


def record_of(item: dict[str, Any]) -> dict[str, Any]:
    """An item without the attributes that only place it in the table."""
    return {key: from_item(value) for key, value in item.items() if key not in INDEX_ATTRIBUTES}


def set_expression(changes: dict[str, Any], step: dict[str, str] | None = None) -> dict[str, Any]:
    """The `SET` of `update_item` for these attributes, with `step` appended to the history."""
    sets = [f"#f{i} = :f{i}" for i in range(len(changes))]
    names = {f"#f{i}": name for i, name in enumerate(changes)}
    values = {f":f{i}": to_item(value) for i, value in enumerate(changes.values())}
    if step is not None:
        sets.append("#steps = list_append(#steps, :step)")
        names["#steps"] = "steps"
        values[":step"] = [step]
    return {
        "UpdateExpression": "SET " + ", ".join(sets),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
