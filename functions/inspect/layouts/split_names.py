"""Which split a file or folder belongs to by its name, and which files are shards of one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SPLITS = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
_RARE_SPLITS = {
    "training": "train",
    "eval": "validation",
    "evaluation": "validation",
    "development": "validation",
    "testing": "test",
}
"""Names that mean a split only beside a train file; alone such a file may hold anything."""
_SHARD_WORDS = frozenset({"part", "shard", "chunk", ""})
_SHARDS = (
    re.compile(r"(?P<base>.+)-(?P<number>\d+)-of-(?P<count>\d+)(-[0-9a-f]+)?"),
    re.compile(
        r"(?P<base>.*?)[-_. ]?(?P<date>(19|20)\d\d"
        r"([-_.]?(0[1-9]|1[0-2])([-_.]?(0[1-9]|[12]\d|3[01]))?|[-_.]?[qw]\d\d?))"
    ),
    re.compile(r"(?P<base>part)-(?P<number>\d+)(?P<job>-.*)?"),
    re.compile(
        r"(?P<base>(?!(.*[^a-z])?(v|version|rev)[-_. ]?\d+$).*?)[-_. ]?(?P<number>\d+)"
    ),
)
"""As the Hub and `datasets`, calendars (month, day, quarter, week), Spark, and people name the parts of a table; a
version is no part."""
_TWO = 2
_FIRST_YEAR = 1900
"""From here on a number at the end of a name may be a year."""


@dataclass(frozen=True)
class Shard:
    """A file's stem without the number of its shard. `count` is how many shards there are, where the name says it."""

    base: str
    number: int | None = None
    count: int | None = None
    has_gaps: bool = False
    """Whether numbers may be missing: Spark writes no file for an empty partition, and dates have no next one."""
    is_dated: bool = False
    """Whether the number is a date, as of a data set that grows by a file a month."""

    @property
    def is_usual(self) -> bool:
        """Whether the name can only be that of a shard."""
        return self.count is not None or self.base in _SHARD_WORDS


def shard_of(stem: str) -> Shard:
    stem = stem.lower()
    for pattern in _SHARDS:
        if match := pattern.fullmatch(stem):
            groups = match.groupdict()
            if date := groups.get("date"):
                number = int(re.sub(r"\D", "", date))
                return Shard(groups["base"], number, has_gaps=True, is_dated=True)
            count = groups.get("count")
            number = int(groups["number"])
            has_gaps = bool(groups.get("job"))
            return Shard(
                groups["base"], number, int(count) if count else None, has_gaps
            )
    return Shard(stem)


def split_of(stem: str) -> str | None:
    """The split that a name alone says: `train`, `dev`, `test-00000-of-00002`."""
    shard = shard_of(stem)
    return SPLITS.get(shard.base if shard.count else stem.lower())


def splits_of(stems: Sequence[str]) -> list[str | None]:
    """The split of each name. Where all names differ only in a word for a split, that word is enough:
    `imdb_train` beside `imdb_test`, `train_0` and `train_1`, `train` beside `eval`."""
    words = [_split_word(shard_of(stem).base) for stem in stems]
    present = [word for word in words if word]
    rests = {rest for _, rest in present}
    if len(stems) > 1 and len(rests) == 1 and len(present) == len(stems):
        splits: list[str | None] = [split for split, _ in present]
        if "train" in splits:
            return splits
    return [split_of(stem) for stem in stems]


def _split_word(base: str) -> tuple[str, str] | None:
    """The split that one word of a name means, and the rest of the name."""
    names = SPLITS | _RARE_SPLITS
    words = re.split("[^a-z0-9]+", base)
    matches = [word for word in words if word in names]
    if len(matches) != 1:
        return None
    rest = [word for word in words if word != matches[0]]
    return names[matches[0]], "-".join(filter(None, rest))


def have_own_numbers(shards: Sequence[Shard]) -> bool:
    """Whether each has a number of its own. The first file of a table that grows by dated ones may have none."""
    numbers = {shard.number for shard in shards}
    if any(shard.is_dated for shard in shards):
        return len(numbers) == len(shards)
    return len(numbers - {None}) == len(shards)


def missing_shard(shards: Sequence[Shard], noun: str = "data") -> str | None:
    """What shards of one table lack, such as `2 train files, as their names say`; None for a complete table."""
    counts = {shard.count for shard in shards if shard.count}
    if counts and counts != {len(shards)}:
        return f"{max(counts)} {noun} files, as their names say"
    numbers = sorted(shard.number for shard in shards if shard.number is not None)
    has_gaps = (
        any(shard.has_gaps for shard in shards)
        or max(numbers, default=0) >= _FIRST_YEAR
    )
    if len(numbers) < _TWO or counts or has_gaps:
        return None
    absent = sorted({*range(min(1, numbers[0]), numbers[-1])} - {*numbers})
    return f"a {noun} file of the number {absent[0]}" if absent else None
