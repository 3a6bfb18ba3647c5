"""HTTP by hand, for clients that must know exactly how a connection ended, or that misbehave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass

JSON = "application/json"
CLOSED = 7
"""TCP_CLOSE of Linux: what this side sent last came to a connection the other side had already given up."""


class LostError(Exception):
    """No answer came. `read` tells whether the server may have read the request before the connection ended."""

    def __init__(self, message: str, *, read: bool) -> None:
        super().__init__(message)
        self.read = read


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


def head(length: int, content_type: str = JSON) -> bytes:
    lines = (
        "POST /invocations HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {content_type}",
        f"Content-Length: {length}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


class Line:
    """One connection at a time, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, content_type: str = JSON) -> Response:
        """Raises `LostError`."""
        return await self.exchange(head(len(body), content_type) + body)

    async def exchange(self, sent: bytes) -> Response:
        """Sends the bytes as they are and reads one answer. Raises `LostError`."""
        _, writer = await self.open()
        try:
            writer.write(sent)
            await writer.drain()
            return await self.answer()
        except ConnectionError as error:
            # The system says so where bytes came that nobody read.
            raise LostError(type(error).__name__, read=False) from None

    async def answer(self) -> Response:
        """The answer to what was sent. Raises `LostError`, `ConnectionError`."""
        reader, writer = await self.open()
        try:
            response = await read_response(reader)
        except asyncio.IncompleteReadError:
            raise LostError("closed without an answer", read=not _given_up(writer)) from None
        finally:
            if reader.at_eof():
                self.close()
        if response.closes:
            self.close()
        return response

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises `LostError`."""
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError as error:
                raise LostError(type(error).__name__, read=False) from None
        return self._streams

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None

    def abort(self) -> None:
        """As a client that crashes: nothing is said any more."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None


async def read_response(reader: asyncio.StreamReader) -> Response:
    """Raises `IncompleteReadError`; a body has a Content-Length."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Response(int(lines[0].split(" ")[1]), headers, await reader.readexactly(int(headers["content-length"])))


def _given_up(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side had closed before it could read what was sent last; False where that cannot be told.

    A server that reads a request and then closes leaves this side half open. If it had closed before, the system
    answers what was sent with a reset, which closes this side too: on the loopback, at once.
    """
    connection = writer.get_extra_info("socket")
    if not hasattr(socket, "TCP_INFO"):
        return False
    try:
        return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == CLOSED)
    except OSError:
        return True
