from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from localcloud.engine.journal import Journal


class Handler:
    """ministack's handler of DynamoDB requests, which notes what it is to do."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []

    async def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Any:
        self.requests.append((headers["x-amz-target"], body))
        return 200, {}, b""


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_since_the_last_save_are_done_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Handler())
    journal.append("PutItem", b"saved")
    number = journal.cut()
    journal.append("DeleteItem", b"lost")
    handler = Handler()
    later = Journal(tmp_path, handler)
    later.first_number = number
    assert asyncio.run(later.replay()) == 1
    assert handler.requests == [("DynamoDB_20120810.DeleteItem", b"lost")]


def test_journals_whose_writes_are_saved_are_removed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Handler())
    journal.append("PutItem", b"1")
    journal.cut()
    journal.append("PutItem", b"2")
    journal.remove_saved()
    assert files(tmp_path) == ["journal.0", "journal.1"], "the save before needs it"
    journal.cut()
    journal.remove_saved()
    assert files(tmp_path) == ["journal.1"]


def test_a_cut_without_writes_begins_no_new_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Handler())
    assert (journal.cut(), journal.cut()) == (0, 0)


def test_a_write_that_was_cut_short_by_the_crash_is_left_out(tmp_path: Path) -> None:
    handler = Handler()
    journal = Journal(tmp_path, handler)
    journal.append("PutItem", b"whole")
    with (tmp_path / "journal.0").open("ab") as file:
        file.write(b'{"account": "1", "reg')
    assert asyncio.run(journal.replay()) == 1
    assert [body for _, body in handler.requests] == [b"whole"]
