"""Label names in files that `datasets` wrote: the schema keeps its features, the rows only numbers of classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_NO_LABEL = -1

Naming = Callable[[Any], Any]


class UnnamedLabelError(ValueError):
    """A number of a class that has no name; `names` are how many there are."""

    def __init__(self, number: int, names: int) -> None:
        super().__init__(f"no name for label {number} of {names}")
        self.number, self.names = number, names


def features_of(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The features by column; empty where the file says nothing of them."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def naming_of(feature: object) -> Naming | None:
    """What puts names in place of class numbers, at any depth of a value; None where the feature has no classes."""
    if isinstance(feature, list):
        return _in_lists(naming_of(feature[0])) if feature else None
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        return _class_name([str(name) for name in names]) if isinstance(names, list) else None
    if "_type" not in feature:
        return _in_objects({key: naming_of(part) for key, part in feature.items()})
    inner = feature.get("feature")
    if feature["_type"] == "Sequence" and isinstance(inner, dict) and "_type" not in inner:
        # A sequence of objects is kept as an object of lists.
        return _in_objects({key: _in_lists(naming_of(part)) for key, part in inner.items()})
    return _in_lists(naming_of(inner))


def _class_name(names: list[str]) -> Naming:
    def name(value: Any) -> Any:
        if not isinstance(value, int):
            return value
        if value == _NO_LABEL:
            return None
        if not 0 <= value < len(names):
            raise UnnamedLabelError(value, len(names))
        return names[value]

    return name


def _in_lists(inner: Naming | None) -> Naming | None:
    if inner is None:
        return None
    return lambda value: [inner(part) for part in value] if isinstance(value, list) else value


def _in_objects(parts: dict[str, Naming | None]) -> Naming | None:
    namings = {key: naming for key, naming in parts.items() if naming}
    if not namings:
        return None

    def name(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: namings[key](part) if key in namings else part for key, part in value.items()}

    return name
