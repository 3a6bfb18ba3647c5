from __future__ import annotations

import gzip
import io
from typing import BinaryIO

import pytest

from functions.common.drop import DropFile
from functions.inspect.formats import UnreadableError
from functions.inspect.sources import open_source
from functions.inspect.sources.base import joined
from functions.inspect.sources.parallel_texts import ParallelTexts
from tests.unit.functions.inspect.drop_files import drop_file


def read(
    contents: dict[str, bytes], is_directed: bool = True
) -> list[tuple[int, object]]:
    files = {name.split(".")[1]: drop_file(name) for name in contents}

    def open_file(file: DropFile) -> BinaryIO:
        return io.BytesIO(contents[file.name])

    pair = ParallelTexts(
        "a.en+de", joined([*files.values()]), (*files.items(),), is_directed
    )
    with open_source(pair, open_file) as table:
        assert table.keeps_order is is_directed
        return list(table.rows({"translation": "translation"}))


def test_lines_are_translations_of_each_other() -> None:
    assert read({"a.en": b"open\n\nshut\n", "a.de": b"offen\r\n\r\nzu"}) == [
        (1, {"translation": {"en": "open", "de": "offen"}}),
        (3, {"translation": {"en": "shut", "de": "zu"}}),
    ]


def test_a_side_may_be_compressed() -> None:
    rows = read(
        {"a.en.gz": gzip.compress(b"open\n"), "a.de": b"offen\n"}, is_directed=False
    )
    assert rows == [(1, {"translation": {"en": "open", "de": "offen"}})]


def test_files_of_different_length_are_refused() -> None:
    with pytest.raises(UnreadableError) as raised:
        read({"a.en": b"open\nshut\n", "a.de": b"offen\n"})
    assert (raised.value.problem.expected, raised.value.problem.found) == (
        "as many lines in a.en and a.de",
        "only 1 in a.de",
    )
