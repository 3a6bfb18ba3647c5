"""Rasa NLU: intents of texts; without marked entities, their empty lists are no column to learn."""

from __future__ import annotations

from collections.abc import Sequence

from functions.inspect.exports.base import Reading, columns_of, values_of
from tasks import Row


def recognise(sample: Sequence[Row]) -> Reading | None:
    if not {"text", "intent", "entities"} <= columns_of(sample):
        return None
    if any(values_of(sample, "entities")):
        return None
    return Reading(
        _without_entities, "intents of Rasa NLU, in which no entities are marked"
    )


def _without_entities(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "entities"}
