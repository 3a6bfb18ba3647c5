"""A file of a partitioned table: columns whose values are in the names of its folders (`label=pos/part-0.parquet`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from contracts.problems import Problem
from functions.inspect.formats import Table, open_table
from functions.inspect.formats.base import Numbered
from functions.inspect.sources.base import Opener, Source
from tasks import Row

Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Partition(Source):
    """`values` are the same in every row of the file: column -> text, None where the writer had no value.

    `domains` are all values that a column has in the drop. `format` is the extension to read the file by, where its
    own is none. A column that the file has itself stays as it is.
    """

    values: Values
    domains: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    format: str = ""

    def with_domains(self, domains: Mapping[str, Sequence[str | None]]) -> Partition:
        return replace(self, domains=domains)

    @contextmanager
    def open(self, open_file: Opener) -> Iterator[Table]:
        with open_file(self) as stream:
            yield _with_values(open_table(stream, self.format or self.extension), self)


def _with_values(table: Table, partition: Partition) -> Table:
    values = {
        name: value
        for name, value in partition.values.items()
        if name not in table.columns
    }

    def rows(mapping: Mapping[str, str]) -> Iterator[Numbered]:
        constant = {
            name: values[column] for name, column in mapping.items() if column in values
        }
        inner = {
            name: column for name, column in mapping.items() if column not in values
        }
        for number, row in table.rows(inner):
            yield number, row if isinstance(row, Problem) else {**row, **constant}

    columns = tuple(dict.fromkeys([*table.columns, *values]))
    sample = _sample(table, partition, values)
    return replace(table, columns=columns, sample=sample, rows=rows, blocks=None)


def _sample(table: Table, partition: Partition, values: Values) -> list[Row]:
    """The first rows, with all values of the folders in turn: one file alone does not show what kind they are."""
    rows: list[Row] = []
    for index, row in enumerate(table.sample):
        cells = dict(values)
        for column, domain in partition.domains.items():
            if column in values:
                cells[column] = domain[index % len(domain)]
        rows.append({**row, **cells})
    return rows
