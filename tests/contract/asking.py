"""One request to a server, byte for byte as written, and what came back."""

from __future__ import annotations

import http.client
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.contract.requests import Asked

SECONDS = 60


@dataclass(frozen=True)
class Answered:
    status: int
    content_type: str | None
    body: bytes
    own: str | None = None
    """The header `X-Own`, which a hook sets."""


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
        return Answered(
            found.status, found.getheader("Content-Type"), found.read(), found.getheader("X-Own")
        )
    finally:
        connection.close()


WORKER_DIED = b'"message": "Worker died."'
TRIES = 4


def ask_container(port: int, asked: Asked) -> Answered:
    """Its worker now and then dies of nothing (an answer that reaches the JVM in two parts); then asks again."""
    found = ask(port, asked)
    for _ in range(0 if asked.dies else TRIES):
        if WORKER_DIED not in found.body:
            break
        found = ask(port, asked)
    return found


def wait_until_ready(port: int, seconds: float = 120) -> None:
    """Until anything but "not yet" is answered. Raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            if ask(port, Asked("ready?", b'{"inputs":"good"}')).status != 503:
                return
        time.sleep(0.1)
    raise TimeoutError(f"expected an answer on port {port} within {seconds} s; there was none")
