"""A first line that a table without one could have."""

from __future__ import annotations

from collections.abc import Sequence

from functions.inspect.formats.sniffing import kind_of
from tasks import Row

_TEXT_AND_LABEL = ["text", "label"]


def example_names(columns: Sequence[str], sample: Sequence[Row]) -> list[str]:
    """A name for each column, where `columns` are the cells of the first row and `sample` the rows below.

    A column is called by what its cells look like, else by its number.
    """
    names: list[str] = []
    for number, header in enumerate(columns, start=1):
        cells = [header, *(str(row.get(header)) for row in sample)]
        kind = kind_of(cells)
        is_new = bool(kind) and kind not in names
        names.append(kind if is_new else f"column_{number}")
    is_pair = len(names) == len(_TEXT_AND_LABEL)
    if is_pair and not {*_TEXT_AND_LABEL} <= {*names}:
        return _TEXT_AND_LABEL
    return names
