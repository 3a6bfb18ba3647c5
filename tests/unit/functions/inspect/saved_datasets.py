from __future__ import annotations

from pathlib import Path

from datasets import Dataset, DatasetDict

from functions.common.drop import files_of, locate
from functions.inspect.common.parts import DropFiles
from functions.inspect.layouts import Plan, plan_of
from functions.inspect.settings_file import NONE
from tests.unit.functions.fakes import MemoryStorage

ROWS = Dataset.from_dict(
    {"text": [f"film {i}" for i in range(40)], "label": [0, 1] * 20}
)


SCRIPT: dict[str, bytes | str] = {"code/train.py": "print('trained')\n"}


def saved(
    folder: Path, data: Dataset | DatasetDict, shards: int = 1
) -> dict[str, bytes | str]:
    """The files that `save_to_disk` writes, by their names below the folder."""
    numbers = dict.fromkeys(data, shards) if isinstance(data, DatasetDict) else None
    if numbers:
        data.save_to_disk(str(folder), num_shards=numbers)
    else:
        data.save_to_disk(str(folder), num_shards=shards)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def splits(files: dict[str, bytes | str]) -> dict[str, list[str]]:
    """What a drop of these files is planned as: its splits' files."""
    bucket = MemoryStorage()
    for name, content in files.items():
        bucket.drop(f"datasets/m/{name}", content)
    place = locate("datasets/m/x")
    assert place is not None
    plan = plan_of(DropFiles.of(files_of(place, bucket.list(place.prefix))), NONE)
    assert isinstance(plan, Plan), plan
    return {
        split: [file.name for file in result] for split, result in plan.splits.items()
    }
