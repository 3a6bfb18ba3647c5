"""The requests of a batch in shards: objects whose names say which requests they hold.

A transform job answers whole objects or not at all. So a shard without an answer is asked again, by the next job or
after a stop; one that the model fails is divided, until a single request is left, which then is known to be the one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from functions.common.text import quoted

SHARD_REQUESTS = 100
LARGE_SHARD_REQUESTS = 1_000
LARGE_FROM = 20_000
"""From this request on shards are large, so that there are not too many of them."""
DIVISOR = 32
FIRST_JOB_REQUESTS = 10_000
"""How fast a model is, the first job shows."""
JOB_SECONDS = 4 * 3600
"""What a stop may cost: the following jobs get what they answer in this time."""
_NAME = re.compile(r"([0-9]{9})-([0-9]+)\.jsonl(?:\.out)?")


@dataclass(frozen=True, order=True)
class Shard:
    """The requests from `start` on, counted from 0."""

    start: int
    count: int

    @property
    def name(self) -> str:
        return f"{self.start:09}-{self.count}.jsonl"

    @property
    def answer_name(self) -> str:
        """SageMaker adds the ending."""
        return f"{self.name}.out"

    @classmethod
    def of_key(cls, key: str) -> Shard:
        """By the name of its requests or of its answers. Raises `ValueError` for other keys."""
        match = _NAME.fullmatch(key.rpartition("/")[2])
        if match is None:
            raise ValueError(f"expected the key of a shard; found {quoted(key)}")
        return cls(int(match[1]), int(match[2]))


def shard_size(start: int) -> int:
    """Of the shard that begins with this request, before anything is divided."""
    return LARGE_SHARD_REQUESTS if start >= LARGE_FROM else SHARD_REQUESTS


def smallest(shards: Iterable[Shard]) -> list[Shard]:
    """In order, those that cover all requests once.

    Of a divided shard the part at its beginning is written last: where it is there, all others are.
    """
    by_start: dict[int, Shard] = {}
    for shard in sorted(shards, reverse=True):
        by_start[shard.start] = shard
    covering, position = [], 0
    while position in by_start:
        covering.append(by_start[position])
        position += by_start[position].count
    return covering


def divided(shard: Shard) -> list[Shard]:
    """Its parts, the last one first."""
    size = max(1, shard.count // DIVISOR)
    end = shard.start + shard.count
    parts = [
        Shard(start, min(size, end - start)) for start in range(shard.start, end, size)
    ]
    return parts[::-1]


def next_job(missing: Sequence[Shard], rows_per_second: float | None) -> list[Shard]:
    """The first of the missing shards, as many as one job answers; at least one."""
    room = FIRST_JOB_REQUESTS
    if rows_per_second is not None:
        room = int(rows_per_second * JOB_SECONDS)
    return list(_within(missing, room))


def _within(shards: Sequence[Shard], room: int) -> Iterator[Shard]:
    for position, shard in enumerate(shards):
        room -= shard.count
        if position and room < 0:
            return
        yield shard


def count_of(shards: Iterable[Shard]) -> int:
    """Of their requests."""
    return sum(shard.count for shard in shards)
