"""The rows of one split that lie in many shards, for those who decide about them: counts, and keys range by range."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from functions.inspect.rows import keys as sets
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.keys import CLASS_MASK, Keys, Range
from functions.inspect.rows.split_rows import Convert, Label, answer_of
from functions.inspect.shards.row_files import RowFiles
from functions.inspect.shards.summary import Count, ShardSummary
from tasks import Row, Task

_READERS = 16
"""Shards that are read at once."""
DROPPED = 1 << 20
"""In place of the id of a class whose rows are left out."""


@dataclass(frozen=True)
class ShardRows:
    """The rows of a split in one shard, with the ids that its classes have in the whole drop."""

    summary: ShardSummary
    files: RowFiles
    ids: Mapping[int, int]
    """Id of a class in this shard -> in the drop, or `DROPPED`."""

    @property
    def kept(self) -> Iterator[tuple[int, Count]]:
        """The classes with rows, by the first row of each."""
        for item in self.summary.classes:
            if self.ids[item.class_id] != DROPPED:
                yield self.ids[item.class_id], item

    def keys_in(self, bounds: Range) -> Keys:
        return self._translated(self.files.keys_in(bounds))[0]

    def arrays(self, *names: str) -> list[Keys]:
        """`keys`, `numbers` or `shared` of the kept rows, in their order."""
        keys = sets.as_keys(self.files.keys)
        others = []
        for name in names:
            if name == "numbers":
                others.append(sets.as_keys(self.files.numbers))
            if name == "shared":
                arrays = self.files.shared(self.summary.shared_texts)
                others += map(sets.as_keys, arrays)
        return self._translated(keys, *others)

    def _translated(self, keys: Keys, *others: Keys) -> list[Keys]:
        """Keys with the classes' ids in the drop, and other arrays of the same rows; without the rows left out."""
        if all(local == drop_id for local, drop_id in self.ids.items()):
            return [keys, *others]
        ids = array("Q", [DROPPED]) * (CLASS_MASK + 1)
        for local, drop_id in self.ids.items():
            ids[local] = drop_id
        return sets.with_classes(keys, sets.as_keys(ids), DROPPED, *others)


@dataclass(frozen=True)
class ShardedRows:
    """Implements `SplitRows`. `task` is the one that the rows were checked for."""

    shards: Sequence[ShardRows]
    task: Task
    convert: Convert | None = None

    def __len__(self) -> int:
        return self.class_rows().total()

    @property
    def keys(self) -> array[int]:
        """All of them, which only rows that share texts ask for."""
        return _joined([shard.arrays()[0] for shard in self.shards])

    @property
    def shared(self) -> Sequence[array[int]]:
        columns = [shard.arrays("shared")[1:] for shard in self.shards if len(self)]
        return [_joined(parts) for parts in zip(*columns, strict=True)]

    def keys_in(self, bounds: Range) -> Keys:
        with ThreadPoolExecutor(_READERS) as pool:
            parts = list(pool.map(lambda shard: shard.keys_in(bounds), self.shards))
        return sets.sort(sets.joined(parts))

    def numbered_keys(self) -> Iterator[tuple[array[int], array[int]]]:
        for shard in self.shards:
            keys, numbers = shard.arrays("numbers")
            yield _joined([keys]), array("I", numbers.to_pylist())

    def class_rows(self) -> Counter[int]:
        rows = Counter[int]()
        for class_id, item in self._kept:
            rows[class_id] += item.rows
        return rows

    @property
    def _kept(self) -> Iterator[tuple[int, Count]]:
        for shard in self.shards:
            yield from shard.kept

    def first_number(self, class_id: int) -> int:
        return next(item.number for kept, item in self._kept if kept == class_id)

    def answers(self, task: Task) -> Iterator[object]:
        for shard in self.shards:
            for row in self._typical_rows(shard):
                converted = self._converted(row)
                if converted is not None:
                    yield answer_of(task, converted)

    def _typical_rows(self, shard: ShardRows) -> Iterator[Row]:
        """Rows with every answer of a shard, or with the first ones of many."""
        for answer in shard.summary.answers:
            yield {self.task.targets[0]: answer}
        if not shard.summary.answers and self.task.targets:
            yield from (self._typical_row(shard, item) for _, item in shard.kept)

    def _converted(self, row: Row) -> Row | None:
        return self.convert(row) if self.convert else row

    def copied_columns(self) -> Sequence[str]:
        columns = [
            shard.summary.copied_columns for shard in self.shards if shard.summary.rows
        ]
        return columns[0] if columns and all(columns) else ()

    def empty_answers(self, target: str) -> Iterator[tuple[int, int]]:
        """The first ones as they are, the others counted."""
        before = 0
        for shard in self.shards:
            empty = shard.summary.empty
            for place, number in empty.first:
                yield before + place, number
            for _ in range(empty.rows - len(empty.first)):
                yield before + empty.first[-1][0], empty.first[-1][1]
            before += shard.summary.rows

    def first_written(self, form: str, label: Label) -> str:
        return next(
            shard.summary.first_written[form]
            for shard in self.shards
            if form in shard.summary.first_written
        )

    def converted(
        self, task: Task, convert: Convert, classes: Classes, labels: dict[str, Label]
    ) -> tuple[ShardedRows, None]:
        """Counts and ids of classes; the rows themselves are converted when they are written."""
        shards = [
            replace(shard, ids=self._new_ids(shard, task, convert, classes, labels))
            for shard in self.shards
        ]
        return ShardedRows(shards, self.task, convert), None

    def _new_ids(
        self,
        shard: ShardRows,
        task: Task,
        convert: Convert,
        classes: Classes,
        labels: dict[str, Label],
    ) -> dict[int, int]:
        ids = dict.fromkeys(shard.ids, DROPPED)
        for item in shard.summary.classes:
            row = convert(self._typical_row(shard, item))
            if item.class_id == CLASS_MASK:
                ids[CLASS_MASK] = CLASS_MASK
            elif row is not None:
                class_name = task.class_of(row)
                ids[item.class_id] = classes.id_of(class_name)
                if class_name is None:
                    _count(task.labels_of(row), item, labels)
        for item in shard.summary.labels:
            if self.task.variant == "multi-label":
                row = convert({self.task.targets[0]: [item.name]})
                _count(task.labels_of(row) if row else (), item, labels)
        return ids

    def _typical_row(self, shard: ShardRows, item: Count) -> Row:
        """A row of a class, as far as its answer goes."""
        written: Any = item.name
        if self.task.variant == "multi-label":
            written = []
        elif self.task.variant == "regression":
            is_plain = item.name is None
            written = 0.0 if is_plain else shard.summary.first_written[str(item.name)]
        return {self.task.targets[0]: written}


def _count(names: Sequence[str], item: Count, labels: dict[str, Label]) -> None:
    for name in names:
        labels.setdefault(name, Label(item.number)).rows += item.rows


def _joined(parts: Sequence[Keys]) -> array[int]:
    values = array("Q")
    for keys in parts:
        values.frombytes(sets.to_bytes(keys))
    return values
