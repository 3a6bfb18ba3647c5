"""How the server and a worker talk through a socket: an eight-byte length, then plain values as `marshal` writes them.

Both ends are this program, run by one Python, but this package has another name in the worker (`worker_start`), and a
pickle names classes. `multiprocessing.connection` would do for the worker's end, but it pickles and blocks, and the
server's end lives on an event loop.
"""

from __future__ import annotations

import asyncio
import marshal
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias, cast

from ..protocols.messages import Call, Reply

_LENGTH = struct.Struct("!Q")
_PlainCall: TypeAlias = tuple[bytes, str | None, str | None, dict[str, str]]
_PlainReply: TypeAlias = tuple[int, bytes, str, dict[str, str]]
_PlainUpdate: TypeAlias = tuple[int, int, _PlainReply | bytes]
"""The fields of a `Call`, of a `Reply` and of a `Update`."""


class DisconnectedError(ConnectionError):
    """The other end is gone."""


@dataclass(frozen=True)
class Ready:
    """The model has answered; `batches` says whether calls gain from being answered together.

    `continuous` says that the worker takes calls at any time, and sends what belongs to each as it comes.
    """

    batches: bool
    continuous: bool = False


class Kind(IntEnum):
    """What a continuous worker sends of a call."""

    REPLY = 0
    """The reply, whole."""
    HEAD = 1
    """The reply without its body, which follows."""
    DATA = 2
    """A piece of the body."""
    END = 3
    """The body is complete."""
    FAILURE = 4
    """No more of the body comes."""


@dataclass(frozen=True)
class Update:
    """What became of the call of this number."""

    number: int
    kind: Kind
    content: Reply | bytes = b""


@dataclass(frozen=True)
class LoadFailure:
    """The model cannot be served, and why."""

    reason: str


class WorkerChannel:
    """The worker's end: it blocks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: Ready | LoadFailure | list[Reply] | list[Update]) -> None:
        """Raises `DisconnectedError`."""
        try:
            self._connection.sendall(_pack(_plain(message)))
        except OSError as error:
            raise DisconnectedError from error

    def receive(self) -> list[Call]:
        """The next calls. Raises `DisconnectedError`."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        calls = cast("list[_PlainCall]", marshal.loads(self._read(length)))
        return [Call(*call) for call in calls]

    def receive_numbered(self) -> tuple[int, Call | None]:
        """A continuous worker's next call and its number; None for one that nobody waits for any more.

        Raises `DisconnectedError`.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        number, call = cast(
            "tuple[int, _PlainCall | None]", marshal.loads(self._read(length))
        )
        return number, Call(*call) if call else None

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
            self._writer.write(_pack([_plain_call(call) for call in calls]))
            await self._writer.drain()
        except OSError as error:
            raise DisconnectedError from error

    async def receive_start(self) -> Ready | LoadFailure:
        """The first message of a worker. Raises `DisconnectedError`."""
        start = cast("tuple[bool, bool] | str", await self._receive())
        return LoadFailure(start) if isinstance(start, str) else Ready(*start)

    async def receive_replies(self) -> list[Reply]:
        """Raises `DisconnectedError`."""
        replies = cast("list[_PlainReply]", await self._receive())
        return [Reply(*reply) for reply in replies]

    def post(self, number: int, call: Call | None) -> None:
        """Sends a call to a continuous worker, or None for one that nobody waits for any more."""
        self._writer.write(_pack((number, _plain_call(call) if call else None)))

    async def receive_updates(self) -> list[Update]:
        """What a continuous worker sends. Raises `DisconnectedError`."""
        updates: list[Update] = []
        for number, kind, content in cast("list[_PlainUpdate]", await self._receive()):
            whole = content if isinstance(content, bytes) else Reply(*content)
            updates.append(Update(number, Kind(kind), whole))
        return updates

    async def _receive(self) -> object:
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            content = await self._reader.readexactly(length)
            return cast("object", marshal.loads(content))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise DisconnectedError from error

    def close(self) -> None:
        self._writer.close()


def _plain(message: Ready | LoadFailure | list[Reply] | list[Update]) -> object:
    if isinstance(message, Ready):
        return message.batches, message.continuous
    if isinstance(message, LoadFailure):
        return message.reason
    plain: list[object] = []
    for item in message:
        plain.append(
            _plain_reply(item) if isinstance(item, Reply) else _plain_update(item)
        )
    return plain


def _plain_update(update: Update) -> _PlainUpdate:
    content = update.content
    plain = _plain_reply(content) if isinstance(content, Reply) else content
    return update.number, int(update.kind), plain


def _plain_call(call: Call) -> _PlainCall:
    return bytes(call.body), call.content_type, call.accept, dict(call.headers)


def _plain_reply(reply: Reply) -> _PlainReply:
    return reply.status, reply.body, reply.content_type, dict(reply.headers)


def _pack(values: Any) -> bytes:
    body = marshal.dumps(values)
    return _LENGTH.pack(len(body)) + body
