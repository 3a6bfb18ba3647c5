"""HTTP to one model server over kept connections: a third of what a general client costs a request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import h11

_KEEP_ALIVE = 4.0
"""Below uvicorn's 5 s, so that it is not the server that closes a connection just as a request is sent on it."""
_CHUNK = 65_536


class UnreachableError(ConnectionError):
    """Nothing accepts connections: the request was not sent."""


class ConnectionLostError(ConnectionError):
    """The model server went away while it had the request."""


@dataclass(frozen=True)
class Answer:
    """What a model server answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class ModelClient:
    """Requests to 127.0.0.1:`port`; raises `UnreachableError`, `ConnectionLostError` or `TimeoutError`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []
        self._closed = False

    async def request(
        self, method: str, path: str, timeout: float, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        async with asyncio.timeout(timeout):
            connection = await self._connect()
            try:
                answer = await connection.exchange(method, path, headers or {}, body)
            except (OSError, h11.ProtocolError) as error:
                raise ConnectionLostError(str(error) or type(error).__name__) from error
            finally:
                self._give_back(connection)
            return answer

    def close(self) -> None:
        """No more requests; those in flight go on."""
        self._closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _connect(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh:
                return connection
            connection.close()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            raise UnreachableError(str(error)) from error
        return _Connection(reader, writer)

    def _give_back(self, connection: _Connection) -> None:
        if connection.reusable and not self._closed:
            connection.last_used = time.monotonic()
            self._idle.append(connection)
        else:
            connection.close()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = h11.Connection(h11.CLIENT)
        self.last_used = 0.0
        self.reusable = False
        """Whether the last exchange left the connection ready for another."""

    @property
    def fresh(self) -> bool:
        return not self._reader.at_eof() and time.monotonic() - self.last_used < _KEEP_ALIVE

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.reusable = False
        sent = [("host", "127.0.0.1"), ("content-length", str(len(body))), *headers.items()]
        parts = (h11.Request(method=method, target=path, headers=sent), h11.Data(data=body), h11.EndOfMessage())
        self._writer.write(b"".join(self._protocol.send(part) or b"" for part in parts))
        await self._writer.drain()
        answer = await self._receive()
        self.reusable = self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE
        if self.reusable:
            self._protocol.start_next_cycle()
        return answer

    async def _receive(self) -> Answer:
        response: h11.Response | None = None
        chunks: list[bytes] = []
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                self._protocol.receive_data(await self._reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                chunks.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or event is h11.PAUSED:
                break
        if response is None:
            raise ConnectionResetError("the model server closed the connection without an answer")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status_code, headers, b"".join(chunks))
