"""Label names in files that `datasets` wrote: the schema keeps its features, the rows only numbers of classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

_NO_LABEL = -1

Naming = Callable[[object], object]
"""A value with class numbers -> the value with class names; raises `UnnamedLabelError`."""


class UnnamedLabelError(ValueError):
    """A number of a class that has no name; `names` are how many there are."""

    def __init__(self, number: int, names: int) -> None:
        super().__init__(f"no name for label {number} of {names}")
        self.number, self.names = number, names


def features_of(metadata: Mapping[bytes, bytes] | None) -> dict[str, object]:
    """The features by column; empty where the file names none."""
    if metadata is None:
        return {}
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def naming_of_column(feature: object) -> Naming | None:
    """`naming_of`, but a cell of a whole column that says -1 keeps it: what that means, all rows decide."""
    naming = naming_of(feature)
    if (
        naming is None
        or not isinstance(feature, dict)
        or feature.get("_type") != "ClassLabel"
    ):
        return naming
    return lambda value: value if value == _NO_LABEL else naming(value)


def naming_of(feature: object) -> Naming | None:
    """What puts names in place of class numbers, at any depth of a value; None where the feature has no classes."""
    if isinstance(feature, list):
        return _in_lists(naming_of(feature[0])) if feature else None
    if not isinstance(feature, dict):
        return None
    if "_type" not in feature:
        return _naming_of_object(feature)
    if feature["_type"] == "ClassLabel":
        return _naming_of_classes(feature.get("names"))
    inner = feature.get("feature")
    if (
        feature["_type"] == "Sequence"
        and isinstance(inner, dict)
        and "_type" not in inner
    ):
        return _naming_of_columns(inner)
    return _in_lists(naming_of(inner))


def _naming_of_object(features: dict[str, object]) -> Naming | None:
    return _in_objects({key: naming_of(feature) for key, feature in features.items()})


def _naming_of_columns(features: dict[str, object]) -> Naming | None:
    """Of a sequence of objects, which is kept as an object of lists."""
    return _in_objects(
        {key: _in_lists(naming_of(feature)) for key, feature in features.items()}
    )


def _naming_of_classes(names: object) -> Naming | None:
    if not isinstance(names, list):
        return None
    class_names = [str(name) for name in names]

    def name(value: object) -> object:
        if not isinstance(value, int):
            return value
        if value == _NO_LABEL:
            return None
        if not 0 <= value < len(class_names):
            raise UnnamedLabelError(value, len(class_names))
        return class_names[value]

    return name


def _in_lists(inner: Naming | None) -> Naming | None:
    if inner is None:
        return None

    def name(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [inner(item) for item in value]

    return name


def _in_objects(inner: dict[str, Naming | None]) -> Naming | None:
    namings = {key: naming for key, naming in inner.items() if naming}
    if not namings:
        return None

    def name(value: object) -> object:
        if not isinstance(value, dict):
            return value
        named = dict(value)
        for key, naming in namings.items():
            if key in named:
                named[key] = naming(named[key])
        return named

    return name
