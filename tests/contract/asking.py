"""One request to a server, byte for byte as written, and what came back."""

from __future__ import annotations

import http.client
from contextlib import suppress
from dataclasses import dataclass

from tests.contract.requests import Asked

SECONDS = 60


@dataclass(frozen=True)
class Answered:
    status: int
    content_type: str | None
    body: bytes


def ask(port: int, asked: Asked) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.putrequest(asked.method, asked.path, skip_accept_encoding=True)
        for name, value in (("Content-Type", asked.content_type), ("Accept", asked.accept)):
            if value is not None:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(asked.body)))
        # A server may answer a body that it finds too large before all of it was sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(asked.body)
        found = connection.getresponse()
        return Answered(found.status, found.getheader("Content-Type"), found.read())
    finally:
        connection.close()
