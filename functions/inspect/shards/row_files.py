"""The rows of one shard below the run's prefix: JSON Lines, keys and numbers in their order, and the keys sorted."""

from __future__ import annotations

import shutil
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from contracts.locations import ROWS
from functions.inspect.preparation.manifest import shard_key
from functions.inspect.rows import keys as sets
from functions.inspect.rows.keys import INDEX_BITS, Keys, Range
from functions.inspect.rows.spool import Spool

KEYS = "keys"
NUMBERS = "numbers"
SORTED = "sorted"
"""The places of the ranges in the sorted keys, then the keys: 64-bit integers."""
SHARED = "shared"
_KEY_BYTES = 8
_INDEX_LENGTH = (1 << INDEX_BITS) + 1

assert sys.byteorder == "little"


class Storage(Protocol):
    """What the steps ask of the data bucket for the files of shards."""

    def open(self, key: str, version_id: str = "") -> BinaryIO: ...
    def read_range(self, key: str, start: int, end: int) -> bytes: ...
    def upload_file(self, path: Path, key: str) -> None: ...


@dataclass(frozen=True)
class RowFiles:
    storage: Storage
    run: str
    shard: int

    def _key(self, name: str) -> str:
        return shard_key(self.run, self.shard, name)

    def upload(self, spool: Spool) -> None:
        folder = spool.path.parent
        self.storage.upload_file(spool.path, self._key(ROWS))
        arrays = {KEYS: spool.keys, NUMBERS: spool.numbers, SORTED: _sorted(spool)}
        for place, hashes in enumerate(spool.shared):
            arrays[f"{SHARED}{place}"] = hashes
        for name, values in arrays.items():
            path = folder / name
            with path.open("wb") as file:
                values.tofile(file)
            self.storage.upload_file(path, self._key(name))
            path.unlink()

    def download(self, path: Path, shared_texts: int) -> Spool:
        """The spool of the shard, its rows at `path`."""
        with Spool(path) as spool:
            pass
        with self.storage.open(self._key(ROWS)) as rows, path.open("wb") as file:
            shutil.copyfileobj(rows, file)
        spool.keys, spool.numbers = self.keys, self.numbers
        spool.shared = tuple(self.shared(shared_texts))
        return spool

    @property
    def keys(self) -> array[int]:
        return self._array(KEYS, "Q")

    @property
    def numbers(self) -> array[int]:
        return self._array(NUMBERS, "I")

    def shared(self, count: int) -> Sequence[array[int]]:
        return [self._array(f"{SHARED}{place}", "Q") for place in range(count)]

    def _array(self, name: str, typecode: str) -> array[int]:
        values = array(typecode)
        with self.storage.open(self._key(name)) as file:
            values.frombytes(file.read())
        return values

    @cached_property
    def _index(self) -> array[int]:
        index = array("Q")
        index.frombytes(
            self.storage.read_range(self._key(SORTED), 0, _INDEX_LENGTH * _KEY_BYTES)
        )
        return index

    def keys_in(self, bounds: Range) -> Keys:
        """The keys of a range, sorted."""
        start, end = (self._index[bound] for bound in bounds)
        keys = array("Q")
        if end > start:
            places = [(_INDEX_LENGTH + place) * _KEY_BYTES for place in (start, end)]
            keys.frombytes(self.storage.read_range(self._key(SORTED), *places))
        return sets.as_keys(keys)


def _sorted(spool: Spool) -> array[int]:
    values = array("Q")
    ranges = [spool.keys_in((place, place + 1)) for place in range(1 << INDEX_BITS)]
    values.append(0)
    for keys in ranges:
        values.append(values[-1] + len(keys))
    values.frombytes(sets.to_bytes(sets.joined(ranges)))
    return values
