"""What the server and a worker say to each other through a socket: a length, then a pickle.

Both ends are this program, started by one another: nothing of a caller's is unpickled but the bytes of a body.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Any

_LENGTH = struct.Struct("!Q")


class Broken(ConnectionError):  # noqa: N818
    """The other side is gone."""


@dataclass(frozen=True)
class Ready:
    """The model has answered; `batches` tells whether calls gain from being answered together."""

    batches: bool


@dataclass(frozen=True)
class Failed:
    """The model cannot be served, and why."""

    reason: str


def _packed(message: Any) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def send(channel: socket.socket, message: Any) -> None:
    """Raises `Broken`."""
    try:
        channel.sendall(_packed(message))
    except OSError as error:
        raise Broken from error


def receive(channel: socket.socket) -> Any:
    """Raises `Broken`."""
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    return pickle.loads(_exactly(channel, length))


def _exactly(channel: socket.socket, length: int) -> bytearray:
    found = bytearray(length)
    rest = memoryview(found)
    while rest:
        try:
            count = channel.recv_into(rest)
        except OSError as error:
            raise Broken from error
        if count == 0:
            raise Broken
        rest = rest[count:]
    return found


class Channel:
    """The server's end of the socket, on its event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, ours: socket.socket) -> Channel:
        return cls(*await asyncio.open_connection(sock=ours))

    async def send(self, message: Any) -> None:
        """Raises `Broken`."""
        try:
            self._writer.write(_packed(message))
            await self._writer.drain()
        except OSError as error:
            raise Broken from error

    async def receive(self) -> Any:
        """Raises `Broken`."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return pickle.loads(await self._reader.readexactly(length))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Broken from error

    def close(self) -> None:
        self._writer.close()
