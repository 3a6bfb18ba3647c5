"""How the server and a worker talk through a socket: an eight-byte length, then a pickle.

Both ends are this program, one started by the other: of a caller's data only the bytes of a body are in a pickle.
`multiprocessing.connection` would do for the worker's end, but it blocks, and the server's end lives on an event loop.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from dataclasses import dataclass
from typing import cast

from ..protocols.messages import Call, Reply

_LENGTH = struct.Struct("!Q")


class DisconnectedError(ConnectionError):
    """The other end is gone."""


@dataclass(frozen=True)
class Ready:
    """The model has answered; `batches` says whether calls gain from being answered together."""

    batches: bool


@dataclass(frozen=True)
class LoadFailure:
    """The model cannot be served, and why."""

    reason: str


class WorkerChannel:
    """The worker's end: it blocks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: Ready | LoadFailure | list[Reply]) -> None:
        """Raises `DisconnectedError`."""
        try:
            self._connection.sendall(_pack(message))
        except OSError as error:
            raise DisconnectedError from error

    def receive(self) -> list[Call]:
        """The next calls. Raises `DisconnectedError`."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return cast("list[Call]", pickle.loads(self._read(length)))

    def _read(self, length: int) -> bytearray:
        buffer = bytearray(length)
        rest = memoryview(buffer)
        while rest:
            try:
                count = self._connection.recv_into(rest)
            except OSError as error:
                raise DisconnectedError from error
            if count == 0:
                raise DisconnectedError
            rest = rest[count:]
        return buffer


class ServerChannel:
    """The server's end, on its event loop."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, connection: socket.socket) -> ServerChannel:
        return cls(*await asyncio.open_connection(sock=connection))

    async def send(self, calls: list[Call]) -> None:
        """Raises `DisconnectedError`."""
        try:
            self._writer.write(_pack(calls))
            await self._writer.drain()
        except OSError as error:
            raise DisconnectedError from error

    async def receive_start(self) -> Ready | LoadFailure:
        """The first message of a worker. Raises `DisconnectedError`."""
        return cast("Ready | LoadFailure", await self._receive())

    async def receive_replies(self) -> list[Reply]:
        """Raises `DisconnectedError`."""
        return cast("list[Reply]", await self._receive())

    async def _receive(self) -> object:
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return cast("object", pickle.loads(await self._reader.readexactly(length)))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise DisconnectedError from error

    def close(self) -> None:
        self._writer.close()


def _pack(message: object) -> bytes:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body
