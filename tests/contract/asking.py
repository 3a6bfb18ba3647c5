"""One request to a server, byte for byte as written, and what came back."""

from __future__ import annotations

import http.client
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.contract.requests import ContractRequest

SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str | None
    body: bytes
    own: str | None = None
    """The header `X-Own`, which a hook sets."""


def ask(port: int, request: ContractRequest) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in (
            ("Content-Type", request.content_type),
            ("Accept", request.accept),
        ):
            if value is not None:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        # A server may answer a body that it finds too large before all of it was sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(request.body)
        response = connection.getresponse()
        return Answer(
            response.status,
            response.getheader("Content-Type"),
            response.read(),
            response.getheader("X-Own"),
        )
    finally:
        connection.close()


WORKER_DIED = b'"message": "Worker died."'
TRIES = 4


def ask_container(port: int, request: ContractRequest) -> Answer:
    """Its worker now and then dies of nothing (an answer that reaches the JVM in two parts); then asks again."""
    response = ask(port, request)
    for _ in range(0 if request.dies else TRIES):
        if WORKER_DIED not in response.body:
            break
        response = ask(port, request)
    return response


def wait_until_ready(port: int, seconds: float = 120) -> None:
    """Until anything but "not yet" is answered. Raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            if ask(port, ContractRequest("ready?", b'{"inputs":"good"}')).status != 503:
                return
        time.sleep(0.1)
    raise TimeoutError(
        f"expected an answer on port {port} within {seconds} s; there was none"
    )
