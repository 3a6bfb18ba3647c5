from __future__ import annotations

import io
import threading
import time
from typing import BinaryIO

import pytest

from functions.common.drop import DropFile
from functions.inspect.formats import UnreadableError
from functions.inspect.formats.base import MAX_RECORD
from functions.inspect.sources import open_source
from functions.inspect.sources.base import joined
from functions.inspect.sources.text_folder import (
    THREADS,
    LabeledText,
    TextFolder,
    interleaved,
)
from tests.unit.functions.inspect.drop_files import drop_file

BOTH = {"text": "text", "label": "label"}


class Bucket:
    """Contents by name; counts how many are read at the same time."""

    def __init__(self, contents: dict[str, bytes], seconds: float = 0) -> None:
        self.contents, self.seconds = contents, seconds
        self.lock, self.open_now, self.most = threading.Lock(), 0, 0

    def open(self, file: DropFile) -> BinaryIO:
        with self.lock:
            self.open_now += 1
            self.most = max(self.most, self.open_now)
        time.sleep(self.seconds)
        with self.lock:
            self.open_now -= 1
        return io.BytesIO(self.contents[file.name])

    def folder(self) -> TextFolder:
        texts = [
            LabeledText(drop_file(name), name.split("/")[0]) for name in self.contents
        ]
        return TextFolder("train/", joined([text.file for text in texts]), tuple(texts))


def read(bucket: Bucket) -> tuple[list[dict[str, str]], list[str]]:
    with open_source(bucket.folder(), bucket.open) as table:
        rows = [row for _, row in table.rows(BOTH) if isinstance(row, dict)]
        return rows, table.warnings()


def test_a_file_is_a_text_with_its_line_breaks() -> None:
    rows, warnings = read(
        Bucket({"pos/1": b"\xef\xbb\xbfso\r\nfine\n", "neg/1": b" so bad "})
    )
    assert rows == [
        {"text": "so\nfine", "label": "pos"},
        {"text": "so bad", "label": "neg"},
    ]
    assert warnings == []


def test_files_without_text_are_left_out_and_counted() -> None:
    rows, warnings = read(Bucket({"pos/1": b"", "pos/2": b" \n", "neg/1": b"so bad"}))
    assert rows == [{"text": "so bad", "label": "neg"}]
    assert warnings == ["left out 2 files without any text."]


def test_utf_16_is_read() -> None:
    assert read(Bucket({"pos/1": "schön".encode("utf-16")}))[0][0]["text"] == "schön"


@pytest.mark.parametrize("content", [b"a\0b", b"a" * (4 * MAX_RECORD + 1)])
def test_a_file_that_is_no_text_is_named(content: bytes) -> None:
    with pytest.raises(UnreadableError) as raised:
        read(Bucket({"pos/1": b"so fine", "pos/2": content}))
    assert raised.value.problem.file == "pos/2"


def test_files_are_read_at_the_same_time_and_stay_in_order() -> None:
    bucket = Bucket({f"pos/{i}": str(i).encode() for i in range(600)}, seconds=0.001)
    rows, _ = read(bucket)
    assert [row["text"] for row in rows] == [str(i) for i in range(600)]
    assert 1 < bucket.most <= THREADS


def test_the_first_texts_show_all_labels() -> None:
    names = ["a/1", "a/2", "a/3", "b/1", "c/1", "c/2"]
    texts = [LabeledText(drop_file(name), name[0]) for name in names]
    assert [text.file.name for text in interleaved(texts)] == [
        "a/1",
        "b/1",
        "c/1",
        "a/2",
        "c/2",
        "a/3",
    ]
