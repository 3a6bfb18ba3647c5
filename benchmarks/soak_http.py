"""HTTP by hand, for clients that must know exactly how a connection ended, or that misbehave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass

JSON = "application/json"
TCP_CLOSE = 7
"""State of a socket in Linux: the other side had closed before it got what this side sent last."""


class ConnectionLostError(Exception):
    """No response came. `request_read`: whether the server may have read the request before the connection ended."""

    def __init__(self, message: str, *, request_read: bool) -> None:
        super().__init__(message)
        self.request_read = request_read


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


class Connection:
    """One connection at a time, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, content_type: str = JSON) -> Response:
        """Raises `ConnectionLostError`."""
        return await self.exchange(head(len(body), content_type) + body)

    async def exchange(self, request: bytes) -> Response:
        """Sends the bytes as they are and reads one response. Raises `ConnectionLostError`."""
        _, writer = await self.open()
        try:
            writer.write(request)
            await writer.drain()
            return await self.response()
        except ConnectionError as error:
            # The system reports it where bytes came that nobody read.
            raise ConnectionLostError(
                type(error).__name__, request_read=False
            ) from None

    async def response(self) -> Response:
        """Reads the response to what was sent. Raises `ConnectionLostError`, `ConnectionError`."""
        reader, writer = await self.open()
        try:
            response = await read_response(reader)
        except asyncio.IncompleteReadError:
            raise ConnectionLostError(
                "closed without an answer", request_read=not _closed_before(writer)
            ) from None
        finally:
            if reader.at_eof():
                self.close()
        if response.closes:
            self.close()
        return response

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises `ConnectionLostError`."""
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError as error:
                raise ConnectionLostError(
                    type(error).__name__, request_read=False
                ) from None
        return self._streams

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None

    def abort(self) -> None:
        """Ends the connection as a client that crashes does, without a word to the server."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None


async def read_response(reader: asyncio.StreamReader) -> Response:
    """Reads a response with a Content-Length. Raises `IncompleteReadError`."""
    raw_head = await reader.readuntil(b"\r\n\r\n")
    status_line, *header_lines = raw_head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {}
    for line in header_lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    status = int(status_line.split(" ")[1])
    body = await reader.readexactly(int(headers["content-length"]))
    return Response(status, headers, body)


def _closed_before(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side had closed before it could read what was sent last; False where the system cannot tell.

    A server that reads a request and then closes leaves this side half open. If it had closed before, the system
    answers what was sent with a reset, which closes this side too: on the loopback, at once.
    """
    connection = writer.get_extra_info("socket")
    if not hasattr(socket, "TCP_INFO"):
        return False
    try:
        state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return bool(state == TCP_CLOSE)
    except OSError:
        return True
