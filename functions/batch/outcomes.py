"""What became of each row of a batch, read from what preparation, the jobs and this function left in the bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from contracts import locations
from functions.adapters.storage import Storage
from functions.batch.results import RowOutcome, answers_in
from functions.batch.shards import Shard, smallest


@dataclass(frozen=True)
class BatchObjects:
    """The objects of one batch. What is listed is listed once."""

    storage: Storage
    batch: str

    @cached_property
    def shards(self) -> list[Shard]:
        """Those that cover all requests once, in order."""
        prefix = locations.batch_requests_prefix(self.batch)
        return smallest(Shard.of_key(item.key) for item in self.storage.list(prefix))

    @cached_property
    def answers(self) -> Mapping[Shard, str]:
        """Shard -> the key of its answers. Containers may write here: other names are ignored."""
        keys: dict[Shard, str] = {}
        for item in self.storage.list(locations.batch_answers_prefix(self.batch)):
            try:
                keys[Shard.of_key(item.key)] = item.key
            except ValueError:
                continue
        return keys

    @cached_property
    def failures(self) -> Mapping[Shard, str]:
        """Of single requests that the model gives no answer to: shard -> the key of the reason."""
        prefix = locations.batch_failures_prefix(self.batch)
        keys = [item.key for item in self.storage.list(prefix)]
        return {Shard(_number_of(key), 1): key for key in keys}

    @property
    def missing(self) -> list[Shard]:
        """What a job has to answer still."""
        done = {*self.answers, *self.failures}
        return [shard for shard in self.shards if shard not in done]

    def outcomes(self) -> Iterator[RowOutcome]:
        """Of every row, in order."""
        answers, refused = self._answers(), self._refused()
        number, next_refused = 1, next(refused, None)
        while True:
            if next_refused is not None and next_refused[0] == number:
                yield RowOutcome(error=next_refused[1])
                next_refused = next(refused, None)
            elif (outcome := next(answers, None)) is not None:
                yield outcome
            else:
                return
            number += 1

    def _answers(self) -> Iterator[RowOutcome]:
        for shard in self.shards:
            if shard in self.answers:
                body = self.storage.read_bytes(self.answers[shard])
                yield from answers_in(body.decode("utf-8", "replace"), shard.count)
            else:
                reason = self.storage.read_json(self.failures[shard])
                yield RowOutcome(error=str(reason[_REASON]))

    def _refused(self) -> Iterator[tuple[int, str]]:
        with self.storage.open(locations.batch_refused_rows_key(self.batch)) as file:
            for line in file:
                refused = json.loads(line)
                yield refused[_ROW], refused[_REASON]

    def note_failure(self, shard: Shard, reason: str) -> None:
        """Of a single request."""
        key = locations.batch_failed_request_key(self.batch, shard.start)
        self.storage.write_json(key, {_REASON: reason})


_ROW, _REASON = "row", "reason"


def refused_line(row: int, reason: str) -> str:
    """A row that no model is asked, in the list of them."""
    return json.dumps({_ROW: row, _REASON: reason}, ensure_ascii=False)


def _number_of(key: str) -> int:
    return int(key.rpartition("/")[2].removesuffix(".json"))
