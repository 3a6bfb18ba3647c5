"""A file that is cut off is refused, in every format: what is missing must not go unnoticed.

Formats of lines can be cut between two rows, and in the text of the last one: that cannot be seen.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile

import pyarrow as pa
import pytest

from tests.unit.functions.drops import Desk, messages, reviews
from tests.unit.functions.written import EXTENSIONS, arrow_stream, as_written

COLUMNS = {
    "text": [f"a film of kind {i * 7919 % 1000}" for i in range(200)],
    "label": ["good", "bad"] * 100,
}
OF_LINES = ("csv", "tsv", "tab", "ft", "ftz", "txt", "text", "data")
CSV = as_written("csv", COLUMNS)
JSON_LINES = as_written("jsonl", COLUMNS)


def zstandard(content: bytes) -> bytes:
    output = pa.BufferOutputStream()
    with pa.CompressedOutputStream(output, "zstd") as packed:
        packed.write(content)
    return bytes(output.getvalue().to_pybytes())


def zipped(content: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", content)
        archive.writestr("test.csv", reviews())
    return output.getvalue()


def tarred(content: bytes, mode: str = "w") -> bytes:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in (("train.csv", content), ("test.csv", reviews().encode())):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return output.getvalue()


WHOLE = {
    f"r.{extension}": as_written(extension, COLUMNS)
    for extension in EXTENSIONS
    if extension not in OF_LINES
} | {
    "r.csv.gz": gzip.compress(CSV),
    "r.csv.bz2": bz2.compress(CSV),
    "r.csv.xz": lzma.compress(CSV),
    "r.csv.zst": zstandard(CSV),
    "r.jsonl.gz": gzip.compress(JSON_LINES),
    "r.zip": zipped(CSV),
    "r.tar.gz": tarred(CSV, "w:gz"),
    "r.tar.bz2": tarred(CSV, "w:bz2"),
}


def cuts(content: bytes) -> list[int]:
    """Places all over the second half, and the last bytes."""
    chance = random.Random(0)
    places = {chance.randrange(len(content) // 2, len(content)) for _ in range(8)}
    return sorted(places | {*range(len(content) - 3, len(content))})


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_cut_off_is_refused(name: str) -> None:
    content = WHOLE[name]
    assert Desk().inspect({name: content})["outcome"] == "ready"
    for end in cuts(content):
        is_between_rows = name.endswith(("jsonl", "ndjson", "manifest")) and content[
            :end
        ].endswith((b"\n", b"}"))
        if not is_between_rows:
            assert Desk().inspect({name: content[:end]})["outcome"] == "rejected", end


def test_an_archive_that_ends_between_two_files_is_refused() -> None:
    content = tarred(CSV)
    assert Desk().inspect({"r.tar": content})["outcome"] == "ready"
    second = content.index(b"test.csv")
    for end in (second, second + 100, second + 512, second + 600):
        [message] = messages({"r.tar": content[:end]})
        assert message.startswith("r.tar: expected a complete tar archive; found a")


def test_an_archive_with_another_thing_between_two_files_is_refused() -> None:
    content = bytearray(tarred(CSV))
    second = content.index(b"test.csv")
    content[second : second + 512] = b"x" * 512
    [message] = messages({"r.tar": bytes(content)})
    assert "found a damaged one (it breaks off behind" in message


@pytest.mark.parametrize("method", [0, 8, 12, 14])
def test_a_file_that_changed_in_an_archive_is_refused(method: int) -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        archive.writestr("r.csv", reviews(200))
    content = bytearray(output.getvalue())
    content[60] ^= 0xFF
    [message] = messages({"r.zip": bytes(content)})
    assert message.startswith("r.zip: expected a complete ZIP archive; found a damaged")


@pytest.mark.parametrize("extension", ["txt", "data"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["text,label\n", ""])
@pytest.mark.parametrize("last", ["a fil", '"', '"a film'])
def test_a_text_of_a_table_stays_a_table(
    extension: str, delimiter: str, header: str, last: str
) -> None:
    table = header + reviews().partition("\n")[2]
    content = table.replace(",", delimiter) + last
    [message] = messages({f"r.{extension}": content})
    line = content.count("\n") + 1
    assert message.startswith(f"r.{extension}, row {line}: expected")


def test_a_text_of_objects_stays_one_of_objects() -> None:
    lines = [json.dumps({"text": f"film {i}", "label": f"{i % 2}"}) for i in range(20)]
    [message] = messages({"r.txt": "\n".join([*lines, '{"text": "fil'])})
    assert message.startswith("r.txt, row 21: expected one JSON object on the line")


def test_a_row_without_its_label_does_not_make_a_table_a_text() -> None:
    lines = reviews(60).replace(",", "\t").split("\n")
    lines[30] = "a film without a label"
    [message] = messages({"r.txt": "\n".join(lines)})
    assert message.startswith("r.txt, row 31: expected 2 cells, as in the header")


def test_the_beginning_of_a_tag_is_warned_about() -> None:
    sentence = "Anna{} B-PER\nsleeps O\n\n"
    content = "".join(sentence.format(i) for i in range(30)) + "Ben B-P"
    seen = Desk().inspect({"r.conll": content})
    assert seen["warnings"] == [
        "Only one row holds the label 'B-P' (for 'B-P' row 91): correct it there if it is a slip, and look whether "
        "the end of the file is missing."
    ]


def test_a_stream_without_end_mark_is_warned_about() -> None:
    content = arrow_stream(pa.table(COLUMNS))
    seen = Desk().inspect({"r.arrow": content[:-8]})
    assert seen["outcome"] == "ready"
    assert seen["warnings"] == [
        "r.arrow: the stream lacks its end mark: if its writer was interrupted, rows are missing; write the file again."
    ]
    assert Desk().inspect({"r.arrow": content})["warnings"] == []
