"""One JSON object that is a whole file: where its rows are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from contracts.problems import Problem
from functions.common.text import listed, quoted
from functions.inspect.formats.base import UnreadableError

_SPLITS = re.compile(
    r"(train|training|validation|valid|val|dev|test|eval)([_-]\w+)?", re.IGNORECASE
)
_PLACE = re.compile(r"\d+")
_CELLS = frozenset(
    ["messages", "conversations", "contents", "spans", "entities", "paragraphs"]
)
"""Keys of a single row whose value is a list of objects."""
_MAX_DEPTH = 4
_MAX_CELLS = 20
"""An object of more scalar values is hardly one row."""
_RECORDS = "Write one object a row: with pandas, to_json(orient='records', lines=True)."
_EXPECTED = "rows as JSON objects"


@dataclass(frozen=True)
class Document:
    """The rows of a file that is one object, and a note that says where they were."""

    rows: Sequence[object]
    note: str


def rows_of_document(document: dict[str, Any]) -> Document:
    """Raises `UnreadableError` where the object holds no rows, or several lists of rows."""
    _require_one_split(document)
    return (
        _known_tool(document)
        or _pandas(document)
        or _columns(document)
        or _below(document, ())
    )


def _require_one_split(document: dict[str, Any]) -> None:
    """Raises `UnreadableError` where the keys are splits: each is to be a file."""
    containers = {
        key: value for key, value in document.items() if isinstance(value, list | dict)
    }
    if len(containers) > 1 and all(map(_SPLITS.fullmatch, containers)):
        counts = listed(f"{key}: {len(rows):,}" for key, rows in containers.items())
        names = ", ".join(f"{key}.json" for key in containers)
        remedy = f"Write each split into a file of its own: {names}."
        raise UnreadableError(
            Problem("the rows of one split", f"several ({counts})", remedy)
        )


def _known_tool(document: dict[str, Any]) -> Document | None:
    rasa = document.get("rasa_nlu_data")
    if isinstance(rasa, dict) and _is_rows(rasa.get("common_examples")):
        return Document(rasa["common_examples"], "training examples of Rasa NLU")
    rows = document.get("rows")
    if _is_rows(rows) and all(isinstance(row.get("row"), dict) for row in rows):
        _require_whole(rows)
        return Document(
            [row["row"] for row in rows], "rows of the Hub's dataset viewer"
        )
    annotations = document.get("annotations")
    if isinstance(annotations, list) and _are_spacy_pairs(annotations):
        pairs = [pair for pair in annotations if pair is not None]
        return Document(pairs, "texts with entities, under the key 'annotations'")
    return None


def _are_spacy_pairs(items: list[Any]) -> bool:
    pairs = [item for item in items if item is not None]
    return bool(pairs) and all(map(_is_spacy_pair, pairs))


def _is_spacy_pair(value: object) -> bool:
    """Whether it is `[text, annotations]`."""
    return isinstance(value, list) and [type(item) for item in value] == [str, dict]


def _require_whole(rows: list[dict[str, Any]]) -> None:
    cut = next(
        (place for place, row in enumerate(rows, 1) if row.get("truncated_cells")), None
    )
    if cut is not None:
        remedy = "Download the data set's files: the viewer cuts long texts."
        raise UnreadableError(
            Problem("whole cells", "cells that were cut", remedy, row=cut)
        )


def _pandas(document: dict[str, Any]) -> Document | None:
    """What `DataFrame.to_json` writes with the orients `split` and `table`, and `DataFrame.to_dict`."""
    columns, data = document.get("columns"), document.get("data")
    if isinstance(columns, list) and columns and _is_lists(data):
        return _of_split(columns, data)
    if isinstance(document.get("schema"), dict) and _is_rows(data):
        keys = document["schema"].get("primaryKey") or []
        rows = []
        for row in data:
            rows.append({name: row[name] for name in row if name not in keys})
        return Document(rows, "a table of pandas (orient='table')")
    return None


def _of_split(columns: list[Any], data: list[list[Any]]) -> Document:
    for place, cells in enumerate(data, start=1):
        if len(cells) != len(columns):
            expected = f"{len(columns)} cells, as in 'columns'"
            raise UnreadableError(
                Problem(expected, f"{len(cells)}", "Correct the row.", row=place)
            )
    names = list(map(str, columns))
    rows = [dict(zip(names, cells, strict=True)) for cells in data]
    return Document(rows, "a table of pandas (orient='split')")


def _columns(document: dict[str, Any]) -> Document | None:
    """Lists of equal length by their columns' names, or objects by their columns' or rows' names."""
    values = list(document.values())
    lists = [value for value in values if isinstance(value, list)]
    if lists and len(lists) == len(values) and not all(map(_holds_objects, lists)):
        return _of_lists(document)
    if len(values) > 1 and all(isinstance(value, dict) and value for value in values):
        return _of_objects(document)
    return None


def _of_lists(document: dict[str, list[Any]]) -> Document:
    lengths = {len(column) for column in document.values()}
    if len(lengths) > 1:
        counts = [f"{name}: {len(column):,}" for name, column in document.items()]
        raise UnreadableError(
            Problem(
                "lists of equal length, one for each column", listed(counts), _RECORDS
            )
        )
    rows = [
        dict(zip(document, cells, strict=True))
        for cells in zip(*document.values(), strict=True)
    ]
    return Document(rows, "one list for each column")


def _of_objects(document: dict[str, dict[str, Any]]) -> Document | None:
    """Objects of objects: by row as with orient='index', or by column as `DataFrame.to_json` writes by default."""
    inner = list(document.values())
    if not all(item.keys() & inner[0].keys() for item in inner):
        return None
    is_by_column = not _are_places(document) and (
        _are_places(inner[0]) or len(document) < len(inner[0])
    )
    if not is_by_column:
        return Document(inner, "one object for each row, by its key")
    places = dict.fromkeys(key for column in inner for key in column)
    rows = []
    for place in places:
        rows.append({name: column.get(place) for name, column in document.items()})
    return Document(rows, "one object for each column, as pandas writes by default")


def _are_places(keys: dict[str, Any]) -> bool:
    return all(map(_PLACE.fullmatch, keys))


def _below(document: dict[str, Any], path: tuple[str, ...]) -> Document:
    """The only list of rows below a key; objects are looked into where they are the only ones with rows."""
    if _CELLS & document.keys():
        return Document([document], "one object, one row")
    lists = {
        key: value
        for key, value in document.items()
        if _is_rows(value) or _is_pairs(value)
    }
    if len(lists) > 1:
        raise _several(lists)
    for key, rows in lists.items():
        return Document(rows, f"rows under the key {quoted('.'.join((*path, key)))}")
    objects = {key: value for key, value in document.items() if isinstance(value, dict)}
    inner = {key: value for key, value in objects.items() if _holds_rows(value)}
    if len(inner) == 1 and len(path) < _MAX_DEPTH:
        [(key, value)] = inner.items()
        return _pandas(value) or _columns(value) or _below(value, (*path, key))
    if path or inner or not _is_row(document):
        raise _no_rows(document)
    return Document([document], "one object, one row")


def _several(lists: dict[str, list[Any]]) -> UnreadableError:
    counts = listed(f"{key}: {len(rows):,}" for key, rows in lists.items())
    remedy = "Keep the list that holds the rows, or write it into a file of its own."
    return UnreadableError(Problem("one list of rows", f"several ({counts})", remedy))


def _no_rows(document: dict[str, Any]) -> UnreadableError:
    actual = f"one JSON object with the keys {listed(document)}"
    return UnreadableError(Problem(_EXPECTED, actual, _RECORDS))


def _is_row(document: dict[str, Any]) -> bool:
    return len(document) <= _MAX_CELLS


def _holds_rows(value: dict[str, Any], depth: int = 0) -> bool:
    if any(_is_rows(item) or _is_pairs(item) for item in value.values()):
        return True
    inner = [item for item in value.values() if isinstance(item, dict)]
    return depth < _MAX_DEPTH and any(_holds_rows(item, depth + 1) for item in inner)


def _holds_objects(value: list[Any]) -> bool:
    return _is_rows(value) or _is_pairs(value)


def _is_rows(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _is_pairs(value: object) -> bool:
    return isinstance(value, list) and _are_spacy_pairs(value)


def _is_lists(value: object) -> TypeGuard[list[list[Any]]]:
    return isinstance(value, list) and all(isinstance(item, list) for item in value)
