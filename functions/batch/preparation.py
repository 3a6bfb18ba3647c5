"""The rows of a batch's file become requests in shards; those that no model can be asked are noted with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts import locations
from contracts.batch import BatchFormat
from functions.adapters.storage import Storage
from functions.batch.outcomes import refused_line
from functions.batch.requests import RequestMaker, RowProblemError
from functions.batch.rows import BatchFileError, InputRow, InputTable, read_table
from functions.batch.shards import Shard, shard_size

MAX_ROWS = 1_000_000
MAX_INPUT_BYTES = 512 * 2**20
_SHOWN_REFUSALS = 3


@dataclass
class Preparation:
    """Writes the shards of one batch. It may be repeated: the same file gives the same objects."""

    storage: Storage
    batch: str
    rows: int = 0
    requests: int = 0
    refused: list[str] = field(default_factory=list)
    """A line of JSON each."""
    first_reasons: list[str] = field(default_factory=list)
    _pending: list[str] = field(default_factory=list)

    def prepare(self, key: str, version_id: str, maker: RequestMaker) -> BatchFormat:
        """Raises `BatchFileError`: for a file that cannot be read, or of which no row can be asked."""
        with self.storage.open(key, version_id) as stream:
            table = read_table(stream)
            if problem := self._header_problem(table, maker):
                raise BatchFileError(problem)
            for row in _limited(table.rows):
                self.rows = row.number
                self._add(row, maker)
        self._write_shard()
        if not self.requests:
            raise BatchFileError(self._nothing_to_ask())
        refused = "".join(f"{line}\n" for line in self.refused)
        name = locations.batch_refused_rows_key(self.batch)
        self.storage.put_bytes(name, refused.encode(), "application/jsonlines")
        return table.format

    @staticmethod
    def _header_problem(table: InputTable, maker: RequestMaker) -> str:
        if table.format is BatchFormat.JSON_LINES:
            return ""
        return maker.require_columns(table.header)

    def _add(self, row: InputRow, maker: RequestMaker) -> None:
        try:
            if row.problem:
                raise RowProblemError(row.problem)
            self._pending.append(maker.request(row.value))
        except RowProblemError as problem:
            self._refuse(row.number, str(problem))
            return
        if len(self._pending) == shard_size(self.requests):
            self._write_shard()

    def _refuse(self, number: int, reason: str) -> None:
        self.refused.append(refused_line(number, reason))
        if len(self.first_reasons) < _SHOWN_REFUSALS:
            self.first_reasons.append(f"row {number}: {reason}")

    def _write_shard(self) -> None:
        if not self._pending:
            return
        shard = Shard(self.requests, len(self._pending))
        write_shard(self.storage, self.batch, shard, self._pending)
        self.requests += len(self._pending)
        self._pending = []

    def _nothing_to_ask(self) -> str:
        if not self.rows:
            return (
                "Expected one row or more; found a header alone. Upload the rows again."
            )
        return (
            f"Expected a row that the model can be asked with; found {self.rows:,} that it cannot: "
            f"{'; '.join(self.first_reasons)}"
        )


def write_shard(
    storage: Storage, batch: str, shard: Shard, requests: list[str]
) -> None:
    key = f"{locations.batch_requests_prefix(batch)}{shard.name}"
    body = "".join(f"{request}\n" for request in requests)
    storage.put_bytes(key, body.encode(), "application/jsonlines")


def _limited(rows: Iterator[InputRow]) -> Iterator[InputRow]:
    for row in rows:
        if row.number > MAX_ROWS:
            raise BatchFileError(
                f"Expected at most {MAX_ROWS:,} rows; found more. Divide the file, and start a batch for each part."
            )
        yield row
