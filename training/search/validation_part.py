"""The rows that trials are judged by: those of the validation split, else a part of the training rows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from tasks import Row, Task
from training.common.types import Rows

SHARE = 5
"""One training row in so many is held out where the drop has no validation split."""


class Parts(NamedTuple):
    """What a trial learns from, and what it is judged by."""

    train: Rows
    validation: Rows


def hold_out(rows: Sequence[Row], task: Task, seed: int) -> Parts:
    """The same rows for the same seed, of each label about the same share."""
    rng = random.Random(seed)
    order = sorted(rows, key=lambda row: (tuple(task.labels_of(row)), rng.random()))
    held_out = range(SHARE // 2, len(order), SHARE)
    validation = [order[index] for index in held_out]
    train = [row for index, row in enumerate(order) if index not in held_out]
    return Parts(train, validation)
