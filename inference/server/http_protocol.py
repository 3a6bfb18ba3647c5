"""HTTP/1.1 on a connection: uvicorn's own reader, which also reads on where a client offers another protocol.

Java's `HttpClient`, `curl --http2` and others offer HTTP/2 with every first request (`Upgrade: h2c`). A server may
ignore that (RFC 9110, 7.8), but the parser takes what follows such headers for the other protocol and loses the body.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..protocols.messages import Reply, error_reply

HEADERS_SECONDS = 60.0
"""How long the headers of a request may take to arrive; a connection without a request is closed as well."""
CONNECT = b"CONNECT"
HOP_BY_HOP = (b"connection", b"upgrade", b"http2-settings")


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    headers_seconds = HEADERS_SECONDS
    _timer: asyncio.TimerHandle | None = None
    _headers_started = False
    """Whether a request's headers are arriving."""

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # The request again without the offer, and what came after its headers.
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
                self._replace_parser()
                continue
            except httptools.HttpParserError:
                message = "expected a request of HTTP/1.1; found bytes that are none. Correct the client."
                self._refuse(error_reply(400, "BadRequest", message))
            return

    def _should_upgrade(self) -> bool:
        """Whether a request with an offer is put off until it is read again without; a tunnel is refused at once."""
        return bool(self.parser.get_method() != CONNECT)

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        line = b" ".join([self.parser.get_method(), self.url, b"HTTP/" + version])
        lines = [line]
        for name, value in self.headers:
            if name not in HOP_BY_HOP:
                lines.append(name + b": " + value)
            if name == b"connection" and b"close" in value.lower():
                lines.append(b"connection: close")
        return b"\r\n".join([*lines, b"", b""])

    def _replace_parser(self) -> None:
        """The one that has seen `Connection: close` reads no other request."""
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def on_message_begin(self) -> None:
        self._headers_started = True
        self._wait_for_headers()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.headers_seconds, self._time_out)

    def _stop_waiting(self) -> None:
        self._headers_started = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        """A request that is being answered is answered first, and its connection then closed."""
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
        elif self._headers_started:
            seconds = f"{self.headers_seconds:g} s"
            message = f"expected the request's headers within {seconds}; they did not arrive. Send them faster."
            self._refuse(error_reply(408, "HeadersTimeout", message))
        else:
            self.transport.close()

    def _refuse(self, reply: Reply) -> None:
        """Answers what is not a whole request, and closes the connection."""
        if self.transport.is_closing():
            return
        phrase = HTTPStatus(reply.status).phrase
        lines = [
            b"HTTP/1.1 %d %s" % (reply.status, phrase.encode()),
            b"Content-Type: " + reply.content_type.encode(),
            b"Content-Length: %d" % len(reply.body),
            b"Connection: close",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", reply.body]))
        self.transport.close()
