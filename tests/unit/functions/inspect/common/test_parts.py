from __future__ import annotations

from datetime import UTC, datetime

from functions.common.drop import DropFile, StoredObject
from functions.inspect.common.parts import DropFiles

STORED = StoredObject("k", 1, "e", "v", datetime(2026, 1, 1, tzinfo=UTC))


def test_files_are_sorted_by_what_they_are_for() -> None:
    names = ["b.csv", "Traindrop.YAML", "code/train.py", "data/code/a.csv", "a.csv"]
    files = DropFiles.of(DropFile(name, STORED) for name in names)
    assert [file.name for file in files.settings] == ["Traindrop.YAML"]
    assert [file.name for file in files.code] == ["code/train.py"]
    assert [file.name for file in files.data] == ["b.csv", "data/code/a.csv", "a.csv"]
