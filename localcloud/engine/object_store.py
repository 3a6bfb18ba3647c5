"""S3's objects lie on disk only: ministack would keep the bodies of versions, of parts and of uploads in memory.

A body above `MIN_FILE_BYTES` is written to a file as it arrives (`object_files`), becomes the file of its object by a
second name, and is sent from there. An object's versions are read from their files. Where the disk is full a write is
refused before anything of it is kept.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import router
from ministack.core.responses import StreamingResponse
from ministack.services import s3

from localcloud.engine.common.patching import replace, rewrite, symbol
from localcloud.engine.crash_safety import is_object
from localcloud.engine.object_files import (
    MIN_FILE_BYTES,
    FileBody,
    FrameError,
    OpenFile,
    Spool,
    decoded_frames,
    is_framed,
)
from localcloud.guard import HEAD

MIN_FREE_BYTES = 32 * 2**20
"""What must be left on the disk for anything to be written."""
_LENGTH, _DECODED_LENGTH = "content-length", "x-amz-decoded-content-length"
_FRAMES_END = b"0\r\n"
_MAX_TRAILER_BYTES = 65_536
_failure: ContextVar[str] = ContextVar("failure", default="")
"""Why the body of the request that is answered could not be kept."""


class Uploads:
    """Receives bodies of objects."""

    def __init__(self, spool: Spool, folder: Path) -> None:
        self._spool, self._folder = spool, folder

    def receive_to_file(self, original: Any) -> Any:
        async def read(receive: Any, method: str, headers: dict[str, str]) -> Any:
            if not _is_large_object(method, headers):
                return await original(receive, method, headers)
            try:
                return await self._receive(receive, headers)
            except FrameError as error:
                raise app._IncompleteRequestBody(str(error)) from error
            except OSError as error:
                _failure.set(_failed(self._folder, error))
                return b""

        return read

    async def _receive(self, receive: Any, headers: dict[str, str]) -> FileBody:
        file, size = self._spool.new_file(), 0
        digest = hashlib.md5(usedforsecurity=False)
        async for chunk in _chunks(receive):
            size += file.append(chunk)
            digest.update(chunk)
        if size != int(headers.get(_LENGTH, size)):
            raise FrameError("Content-Length does not match request body")
        if not is_framed(headers):
            return FileBody(file, md5=digest.hexdigest())
        with file.reader() as frames:
            body = self._spool.write(decoded_frames(frames))
            _read_trailer(frames.read(_MAX_TRAILER_BYTES), headers, len(body))
        return body


async def _chunks(receive: Any) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise app._RequestBodyDisconnected
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _is_large_object(method: str, headers: dict[str, str]) -> bool:
    head = HEAD.get()
    if head is None or method != "PUT" or not is_object(head.path):
        return False
    length = headers.get(_LENGTH, "")
    is_small = length.isdigit() and int(length) < MIN_FILE_BYTES
    query = dict(head.query)
    return not is_small and _is_s3(method, head.path, headers, query)


def _is_s3(method: str, path: str, headers: dict[str, str], query: Any) -> bool:
    return bool(router.detect_service(method, path, headers, query) == "s3")


def _read_trailer(trailer: bytes, headers: dict[str, str], size: int) -> None:
    """Takes checksums at the end of a framed body into the headers, as ministack does. Raises `FrameError`."""
    declared = headers.pop(_DECODED_LENGTH, str(size))
    if declared.strip() != str(size):
        raise FrameError("Decoded aws-chunked length mismatch")
    app._decode_aws_chunked_body(_FRAMES_END + trailer, headers)
    headers[_DECODED_LENGTH] = declared


# ---- bodies where ministack expects bytes --------------------------------------------------------------------------


def _md5_hash(original: Any) -> Any:
    def hash_body(data: Any) -> str:
        return data.md5 if isinstance(data, FileBody) else str(original(data))

    return hash_body


def _md5_digest(body: Any) -> bytes:
    return bytes.fromhex(s3.md5_hash(body))


def _checksum(original: Any) -> Any:
    def compute(algorithm: str, body: Any) -> str | None:
        if not isinstance(body, FileBody):
            result: str | None = original(algorithm, body)
            return result
        name = (algorithm or "").upper().replace("_", "")
        return body.checksum(name) or original(algorithm, bytes(body))

    return compute


def _write_file(original: Any) -> Any:
    def write(fpath: str, data: Any, *, text: bool = False) -> None:
        if isinstance(data, FileBody):
            data.save(fpath)
        else:
            original(fpath, data, text=text)

    return write


def _without_body(original: Any) -> Any:
    """A version's body is in its file, or in that of the current object."""

    def entry(obj: dict[str, Any], version_id: str, data: Any) -> Any:
        return original(obj, version_id, None)

    return entry


def _open(name: str | None) -> Any:
    """The content of a file; None where there is no such file."""
    path = Path(name) if name else None
    if path is None or not path.is_file():
        return None
    if path.stat().st_size < MIN_FILE_BYTES:
        return path.read_bytes()
    return FileBody(OpenFile(path))


def _read_body(_: Any) -> Any:
    def read(bucket_name: str, key: str, obj: dict[str, Any]) -> Any:
        body = obj.get("body")
        if body is None:
            body = _open(s3._object_disk_path(bucket_name, key))
        return b"" if body is None else body

    return read


def _version_body(_: Any) -> Any:
    def read(
        bucket: dict[str, Any], bucket_name: str, key: str, v: dict[str, Any]
    ) -> Any:
        version = v["version_id"]
        body = _open(s3._version_disk_path(bucket_name, key, version))
        current = bucket["objects"].get(key)
        is_current = current and (current.get("version_id") or "null") == version
        if body is None and is_current:
            return s3._read_body(bucket_name, key, current)
        return body

    return read


def _whole(original: Any) -> Any:
    """For the services that read an object as bytes."""

    def read(bucket_name: str, key: str, version_id: str | None = None) -> Any:
        body = original(bucket_name, key, version_id)
        return bytes(body) if isinstance(body, FileBody) else body

    return read


def _send_in_pieces(original: Any) -> Any:
    @functools.wraps(original)
    async def dispatch(*arguments: Any) -> Any:
        status, headers, body = await original(*arguments)
        if isinstance(body, FileBody):
            return status, headers, StreamingResponse(body.send)
        return status, headers, body

    return dispatch


# ---- full disks ----------------------------------------------------------------------------------------------------


def _refuse_on_full_disk(folder: Path) -> Any:
    def make(original: Any) -> Any:
        def dispatch(method: str, *arguments: Any) -> Any:
            if method in ("PUT", "POST"):
                failure = _failure.get() or _lack_of_room(folder)
                if failure:
                    return s3._error("InternalError", failure, 500)
            return original(method, *arguments)

        return dispatch

    return make


def _lack_of_room(folder: Path) -> str:
    """What is wrong with the disk; empty where there is room."""
    free = shutil.disk_usage(folder).free
    if free >= MIN_FREE_BYTES:
        return ""
    return (
        f"expected {MIN_FREE_BYTES // 2**20} MB free on the disk of {folder}; found {free // 2**20} MB. "
        "Make room there and write the object again."
    )


def _failed(folder: Path, error: OSError) -> str:
    return (
        f"expected the object to be written to {folder}; found: {error.strerror}. "
        "Make room there and write the object again."
    )


def _bodies_of_parts(spool: Spool) -> Iterator[tuple[str, str]]:
    """What is written differently in the completion of an upload in parts, text by text."""
    s3._md5_digest, s3._join_bodies = _md5_digest, spool.join
    yield 'hashlib.md5(stored["body"]).digest()', '_md5_digest(stored["body"])'
    yield 'b"".join(combined_parts)', "_join_bodies(combined_parts)"


def apply(state: Path) -> None:
    """Raises `IncompatibleEngineError`. `state` must exist."""
    spool = Spool(state / "incoming")
    symbol(s3, "_object_disk_path", "bucket key account_id")
    symbol(s3, "_version_disk_path", "bucket key version_id account_id")
    symbol(app, "_decode_aws_chunked_body", "body headers")
    replace(
        app,
        "_read_request_body",
        "receive method headers",
        Uploads(spool, state).receive_to_file,
    )
    replace(s3, "md5_hash", "data", _md5_hash)
    replace(s3, "_compute_s3_checksum", "algorithm body", _checksum)
    replace(s3, "_atomic_write", "fpath data text", _write_file)
    replace(s3, "_version_entry_from_record", "obj version_id data", _without_body)
    replace(s3, "_read_body", "bucket_name key obj", _read_body)
    replace(s3, "_version_body", "bucket bucket_name key v", _version_body)
    replace(s3, "_get_object_data", "bucket_name key version_id", _whole)
    replace(
        s3,
        "_dispatch",
        "method bucket key headers body query_params",
        _refuse_on_full_disk(state),
    )
    rewrite(s3, "_complete_multipart_upload", dict(_bodies_of_parts(spool)))
    rewrite(
        s3,
        "_validate_content_md5",
        {"hashlib.md5(body).digest()": "_md5_digest(body)"},
    )
    replace(
        app,
        "_dispatch_service_request",
        "method path headers body query_params request_id",
        _send_in_pieces,
    )
