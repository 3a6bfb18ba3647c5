"""`train/` and `test/` as `datasets.save_to_disk` writes them, of a `DatasetDict` or one by one; or one dataset."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import SPLITS

STATE, INFO, SPLITS_FILE = "state.json", "dataset_info.json", "dataset_dict.json"
_METADATA = frozenset({STATE, INFO, SPLITS_FILE})
_ENDING = ".arrow"
_SHARD = re.compile(r"data-\d+-of-\d+\.arrow")
"""As `datasets` names them; an .arrow file by another name may be a table of its own."""
_METADATA_BYTES = 2**20
_SAVE = 'Save it anew with DatasetDict({"train": …, "test": …}).save_to_disk(folder) and upload the whole folder.'


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    if not any(_base(file) == STATE for file in files):
        return None
    shards: dict[str, list[DropFile]] = defaultdict(list)
    for file in files:
        if file.name.endswith(_ENDING) and not _base(file).startswith(
            ("cache-", "tmp")
        ):
            shards[_folder(file)].append(file)
    strangers = [
        f.name
        for f in files
        if _base(f) not in _METADATA and not f.name.endswith(_ENDING)
    ]
    if strangers:
        return Problem(
            "only the files that save_to_disk writes",
            listed(strangers),
            "Remove what else lies there.",
        )
    return _lacking(files, shards) or _plan(_without_common_folder(shards))


def incomplete(
    files: Sequence[DropFile], read: Callable[[DropFile, int], bytes]
) -> bool:
    """Whether files are still to come that others name: shards and splits, or the state of a shard that is here."""
    if not any(
        _base(file) in _METADATA or _SHARD.fullmatch(_base(file)) for file in files
    ):
        return False
    here = {file.name for file in files}
    named = {name for file in files for name in _named_by(file, read)}
    return not any(name.endswith(_ENDING) for name in here) or not named <= here


def _named_by(file: DropFile, read: Callable[[DropFile, int], bytes]) -> set[str]:
    folder = PurePosixPath(file.name).parent
    if _SHARD.fullmatch(_base(file)):
        return {str(folder / STATE)}
    if _base(file) not in (STATE, SPLITS_FILE):
        return set()
    try:
        content = json.loads(read(file, _METADATA_BYTES))
        if _base(file) == STATE:
            return {str(folder / entry["filename"]) for entry in content["_data_files"]}
        return {str(folder / split / STATE) for split in content["splits"]}
    except (ValueError, TypeError, KeyError):
        return set()


def _base(file: DropFile) -> str:
    return PurePosixPath(file.name).name


def _folder(file: DropFile) -> str:
    return str(PurePosixPath(file.name).parent)


def _lacking(
    files: Sequence[DropFile], shards: dict[str, list[DropFile]]
) -> Problem | None:
    """A folder whose upload was cut off."""
    for file in files:
        folder = _folder(file)
        if _base(file) == STATE and folder not in shards:
            place = "" if folder == "." else f"{folder}/"
            return Problem(
                "the .arrow files beside state.json",
                f"none in {place or 'the folder'}",
                _SAVE,
                file=file.name,
            )
    return None


def _without_common_folder(
    shards: dict[str, list[DropFile]],
) -> dict[str, list[DropFile]]:
    """`my_dataset/train` as `train`, where the folder itself was uploaded."""
    parents = {str(PurePosixPath(folder).parent) for folder in shards}
    if len(parents) == 1 and parents != {"."}:
        return {PurePosixPath(folder).name: files for folder, files in shards.items()}
    return shards


def _plan(shards: dict[str, list[DropFile]]) -> Plan | Problem:
    if len(shards) == 1:
        return Plan(
            "a dataset saved by save_to_disk", {"train": tuple(*shards.values())}
        )
    unknown = [folder for folder in shards if folder.lower() not in SPLITS]
    if unknown:
        remedy = f"Rename the split, or remove its folder. {_SAVE}"
        return Problem(
            "splits called train, validation and test", listed(unknown), remedy
        )
    splits = {SPLITS[folder.lower()]: tuple(files) for folder, files in shards.items()}
    if "train" not in splits:
        return Problem("a split called train", listed(shards), _SAVE)
    return Plan(
        "a dataset saved by save_to_disk",
        {s: splits[s] for s in ("train", "validation", "test") if s in splits},
    )


FORM = Form("a dataset saved by save_to_disk", recognise)
