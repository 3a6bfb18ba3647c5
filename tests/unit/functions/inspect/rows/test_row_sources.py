from __future__ import annotations

import csv
import io

from tests.unit.functions.inspect.ready_drops import ready


def lines_of(files: dict[str, bytes | str], rows: dict[str, list[str]]) -> None:
    """Every held-out row is found in its file by the row that is written beside it."""
    desk, seen = ready(files)
    prefix = f"runs/{seen['run']}/data/test"
    sources = list(
        csv.reader(io.StringIO(desk.bucket.objects[f"{prefix}/sources.csv"].decode()))
    )
    held_out = desk.bucket.rows(seen["run"], "test")
    assert len(sources) == len(held_out) > 0
    for (name, number), row in zip(sources, held_out, strict=True):
        assert rows[name][int(number) - 1].startswith(row["text"])


def table(start: int, count: int) -> str:
    lines = [
        f"film {i},{'good' if i % 2 else 'bad'}" for i in range(start, start + count)
    ]
    return "\n".join(["text,label", *lines]) + "\n"


def test_held_out_rows_are_found_again() -> None:
    content = table(0, 80)
    lines_of({"r.csv": content}, {"r.csv": content.splitlines()})


def test_rows_of_several_files_name_theirs() -> None:
    first, second = table(0, 60), table(100, 60)
    files: dict[str, bytes | str] = {"train/a.csv": first, "train/b.csv": second}
    lines_of(files, {name: str(text).splitlines() for name, text in files.items()})


def test_a_given_test_file_names_itself() -> None:
    train, test = table(0, 60), table(100, 20)
    lines_of({"train.csv": train, "test.csv": test}, {"test.csv": test.splitlines()})
