"""The files that a training script of the user's own gets: each folder a channel, as SageMaker knows them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.inspect.layouts.base import Plan
from functions.inspect.layouts.saved_dataset import SPLITS_FILE
from functions.inspect.layouts.split_names import SPLITS

MAX_CHANNELS = 16
"""SageMaker allows 20; some are Traindrop's own."""
RESERVED = frozenset({"code", "spec", "base"})
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def channels_of(files: Sequence[DropFile]) -> Plan | Problem:
    """A folder is the channel of its name; a file beside the folders is of the split it is called by, else `train`."""
    channels: dict[str, list[DropFile]] = defaultdict(list)
    # The list of a saved `DatasetDict`, whose splits are channels each, belongs to none of them.
    for file in (file for file in files if file.name != SPLITS_FILE):
        folder, slash, _ = file.name.partition("/")
        channels[folder if slash else SPLITS.get(file.stem.lower(), "train")].append(
            file
        )
    if not channels:
        remedy = "Upload it below train/, or as train.csv, beside the folder code/."
        return Problem("data beside the training script", "none", remedy)
    return _bad_channel(channels) or Plan(
        "files for your training script", dict(_tuples(channels)), route="script"
    )


def _bad_channel(channels: dict[str, list[DropFile]]) -> Problem | None:
    if len(channels) > MAX_CHANNELS:
        return Problem(
            f"at most {MAX_CHANNELS} folders of data",
            f"{len(channels)}",
            "Put several into one folder.",
        )
    bad = next(
        (name for name in channels if not _NAME.fullmatch(name) or name in RESERVED),
        None,
    )
    if bad is None:
        return None
    expected = "folders that can be channels of a training job (letters, digits, dot, hyphen, underscore)"
    taken = f"{bad!r}, which is taken" if bad in RESERVED else repr(bad)
    return Problem(expected, taken, "Rename the folder.")


def _tuples(
    channels: dict[str, list[DropFile]],
) -> list[tuple[str, tuple[DropFile, ...]]]:
    return [(name, tuple(files)) for name, files in sorted(channels.items())]


def key_below(channel: str, file: DropFile) -> str:
    """Where a file lies below its channel's folder."""
    return file.name.removeprefix(f"{channel}/")
