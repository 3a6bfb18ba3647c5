from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks import find_task
from training.common.errors import DataError
from training.inputs.row_file import RowFiles

TASK = find_task("text-classification")
ROWS = [{"text": f"Straße {number}", "label": "a"} for number in range(5)]


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_rows_of_several_files_are_one_sequence(tmp_path: Path) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    files = [
        write(tmp_path / "a", *lines[:2]),
        write(tmp_path / "empty"),
        write(tmp_path / "b", "", *lines[2:4], "  "),
        tmp_path / "c",
    ]
    files[3].write_text(lines[4], "utf-8")
    rows = RowFiles(files, TASK)
    assert list(rows) == ROWS
    assert [rows[place] for place in range(5)] == ROWS
    assert rows[-1] == ROWS[-1]
    assert rows[1:4] == ROWS[1:4]
    assert len(rows) == 5
    with pytest.raises(IndexError):
        rows[5]


def test_rows_are_read_while_others_are(tmp_path: Path) -> None:
    rows = RowFiles([write(tmp_path / "a", *map(json.dumps, ROWS))], TASK)
    assert [(row, rows[4 - place]) for place, row in enumerate(rows)] == [
        *zip(ROWS, reversed(ROWS), strict=True)
    ]


def test_bytes_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"text": "\xff", "label": "a"}\n')
    with pytest.raises(DataError, match="row 1: expected a JSON object"):
        RowFiles([tmp_path / "rows.jsonl"], TASK)
