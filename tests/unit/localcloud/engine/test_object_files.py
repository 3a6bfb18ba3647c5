"""Bodies of objects as files."""

from __future__ import annotations

import asyncio
import base64
import copy
import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine import object_files
from localcloud.engine.object_files import (
    FileBody,
    FrameError,
    OpenFile,
    Spool,
    decoded_frames,
    is_framed,
)

CONTENT = bytes(range(256)) * 20


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_files, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(object_files, "MIN_FILE_BYTES", 100)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "incoming")


@pytest.fixture
def body(spool: Spool) -> FileBody:
    return spool.write(iter([CONTENT[:3], CONTENT[3:]]))


def test_a_body_is_its_bytes_in_pieces(body: FileBody) -> None:
    assert len(body) == len(CONTENT)
    assert bytes(body) == CONTENT
    assert max(len(piece) for piece in body.pieces()) == 1000
    assert bytes(copy.deepcopy(body)) == CONTENT


@pytest.mark.parametrize(
    "section", [slice(0, 10), slice(5, 3000), slice(5000, 9000), slice(7, 7)]
)
def test_a_slice_of_a_body_is_a_body(body: FileBody, section: slice) -> None:
    assert bytes(body[section]) == CONTENT[section]
    assert len(body[section]) == len(CONTENT[section])
    assert bytes(body[100:][section]) == CONTENT[100:][section]


def test_its_checksums_are_those_of_its_bytes(body: FileBody) -> None:
    assert body.md5 == hashlib.md5(CONTENT).hexdigest()
    assert body[3:].md5 == hashlib.md5(CONTENT[3:]).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert body.checksum("SHA256") == sha256
    crc32 = base64.b64encode(struct.pack(">I", zlib.crc32(CONTENT))).decode()
    assert body.checksum("CRC32") == crc32
    assert body.checksum("CRC64NVME") is None


def test_a_saved_body_is_the_same_file_and_replaces_what_was_there(
    body: FileBody, tmp_path: Path
) -> None:
    path = tmp_path / "object"
    path.write_bytes(b"old")
    old = FileBody(OpenFile(path))
    body.save(str(path))
    assert path.read_bytes() == CONTENT
    assert path.stat().st_nlink == 2
    assert bytes(old) == b"old", "what is being read stays what it was"
    assert path.stat().st_mode & 0o777 == 0o600
    body.save(str(path))
    assert path.read_bytes() == CONTENT


def test_a_slice_or_a_body_whose_name_is_gone_is_copied(
    body: FileBody, tmp_path: Path
) -> None:
    path, second = tmp_path / "object", tmp_path / "second"
    body[10:20].save(str(path))
    assert path.read_bytes() == CONTENT[10:20]
    read = FileBody(OpenFile(path))
    path.unlink()
    path.write_bytes(b"another object")
    read.save(str(second))
    assert second.read_bytes() == CONTENT[10:20]


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "object"
    path.write_bytes(CONTENT)
    body = FileBody(OpenFile(path))
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="found its end"):
        bytes(body)


def test_the_spool_is_empty_when_nothing_is_used_any_more(
    spool: Spool, tmp_path: Path
) -> None:
    body = spool.write(iter([CONTENT]))
    assert len(list((tmp_path / "incoming").iterdir())) == 1
    del body
    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_an_earlier_engine_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "tmp123").write_bytes(CONTENT)
    Spool(folder)
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_bodies_are_joined_in_memory_only_if_they_are_small(
    spool: Spool, body: FileBody
) -> None:
    assert spool.join([body]) is body
    assert spool.join([b"a", b"b"]) == b"ab"
    joined = spool.join([b"a", body, b"c", body[:2]])
    assert isinstance(joined, FileBody)
    assert bytes(joined) == b"a" + CONTENT + b"c" + CONTENT[:2]


def test_a_body_is_sent_in_pieces_and_ended(body: FileBody) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(body.send(send, None))
    assert b"".join(message["body"] for message in sent) == CONTENT
    assert [message["more_body"] for message in sent][-1] is False


FRAMES = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n"


def test_frames_are_taken_off_up_to_the_trailer() -> None:
    file = io.BytesIO(FRAMES)
    assert b"".join(decoded_frames(file)) == b"hello world"
    assert file.read() == b"x-amz-checksum-crc32:AA==\r\n\r\n"


@pytest.mark.parametrize(
    "frames",
    [b"", b"5\r\nhel", b"5\r\nhelloXX0\r\n\r\n", b"5", b"-5\r\nhello\r\n", b"x\r\n"],
)
def test_broken_frames_are_an_error(frames: bytes) -> None:
    with pytest.raises(FrameError, match="Truncated aws-chunked frame"):
        list(decoded_frames(io.BytesIO(frames)))


def test_which_bodies_come_in_frames() -> None:
    assert is_framed({"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
    assert is_framed({"content-encoding": "aws-chunked,gzip"})
    assert is_framed({"x-amz-decoded-content-length": "5"})
    assert not is_framed(
        {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-encoding": "gzip"}
    )
