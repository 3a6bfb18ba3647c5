"""What clients other than Python's put on a connection."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from inference.server.http_protocol import HttpProtocol
from tests.integration.inference.process import Serving, free_port

BODY = b'{"inputs": "a fine film"}'
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
JAVA = """
import java.net.URI; import java.net.http.*;
public class Ask {
  public static void main(String[] arguments) throws Exception {
    var client = HttpClient.newHttpClient();
    for (int call = 0; call < 2; call++) {
      var body = HttpRequest.BodyPublishers.ofString("{\\"inputs\\": \\"a fine film\\"}");
      var request = HttpRequest.newBuilder(URI.create(arguments[0])).header("Content-Type", "application/json");
      if (call == 1) request = request.expectContinue(true);
      var answer = client.send(request.POST(body).build(), HttpResponse.BodyHandlers.ofString());
      System.out.println(answer.statusCode() + " " + answer.body());
    }
  }
}
"""


def head(*lines: bytes) -> bytes:
    return b"".join(
        [
            b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n",
            *lines,
            b"\r\n",
        ]
    )


def whole(*lines: bytes) -> bytes:
    return head(*lines, b"Content-Length: %d\r\n" % len(BODY)) + BODY


def talk(port: int, *parts: bytes, answers: int = 1) -> bytes:
    """What is answered to parts sent one by one, until so many answers have come or the server closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for chunk in parts:
            connection.sendall(chunk)
            # The server reads it by itself, for it answers nothing to it yet.
            time.sleep(0.05)
        while received.count(b"HTTP/1.1 ") < answers or received.endswith(b"\r\n\r\n"):
            chunk = connection.recv(65536)
            if not chunk:
                break
            received += chunk
    return received


WAITING = head(OFFER, b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(BODY))
CHUNKED = head(OFFER, b"Transfer-Encoding: chunked\r\n") + (
    b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
)


@pytest.mark.parametrize(
    "parts",
    [
        [whole(OFFER)],
        [whole(OFFER)[: -len(BODY)], BODY],
        [whole(OFFER)[:40], whole(OFFER)[40:-9], BODY[-9:]],
        [CHUNKED],
        [CHUNKED[:-40], CHUNKED[-40:]],
        [whole(b"Connection: Upgrade\r\nUpgrade: websocket\r\n")],
    ],
    ids=["whole", "body-later", "cut", "chunked", "chunked-cut", "websocket"],
)
def test_offer_of_another_protocol_is_passed_over(
    server: Serving, parts: list[bytes]
) -> None:
    assert talk(server.port, *parts).startswith(b"HTTP/1.1 200 ")


def test_requests_after_an_offer_are_answered_on_the_same_connection(
    server: Serving,
) -> None:
    answer = talk(server.port, whole(OFFER) + whole() + whole(OFFER), answers=3)
    assert answer.count(b"HTTP/1.1 200 ") == 3


def test_an_offer_beside_close_ends_the_connection(server: Serving) -> None:
    sent = whole(b"Connection: close, Upgrade\r\nUpgrade: h2c\r\n")
    answer = talk(server.port, sent, answers=9)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()


def test_a_client_that_waits_for_100_is_told_to_go_on(server: Serving) -> None:
    answer = talk(server.port, WAITING, BODY, answers=2)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def test_offers_and_then_waits_for_100_on_one_connection_as_java_does(
    server: Serving,
) -> None:
    offer = whole(OFFER)
    # Written with a capital by Java.
    waiting = WAITING.replace(b"100-c", b"100-C")
    answer = talk(server.port, offer[: -len(BODY)], BODY, waiting, BODY, answers=3)
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", answer)
    assert statuses == [b"200", b"100", b"200"]
    assert answer.count(b'[{"label":') == 2


def test_a_tunnel_and_bytes_that_are_no_request_are_refused(server: Serving) -> None:
    for sent in (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\r\n"):
        answer = talk(server.port, sent, answers=9)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(
            b'{"code":400,"type":"BadRequest","message":"expected a request of HTTP/1.1; '
            b'found bytes that are none. Correct the client."}'
        )


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java here")
def test_the_client_of_java_is_answered(server: Serving, tmp_path: Path) -> None:
    """Without Java, `test_offers_and_then_waits_for_100_on_one_connection_as_java_does` sends the same requests."""
    (tmp_path / "Ask.java").write_text(JAVA, "utf-8")
    command = ["java", str(tmp_path / "Ask.java"), f"{server.url}/invocations"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.count('200 [{"label":') == 2, done


class ImpatientProtocol(HttpProtocol):
    headers_seconds = 0.2


@contextmanager
def impatient() -> Iterator[int]:
    """The port of an app that answers slower than headers may take."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(1)
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    port = free_port()
    config = uvicorn.Config(
        app, port=port, http=ImpatientProtocol, ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def test_headers_that_do_not_arrive_end_the_connection() -> None:
    with impatient() as port:
        assert talk(port) == b""
        late = talk(port, b"POST /invocations HTTP/1.1\r\nHost: x\r\n")
        assert late.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert late.endswith(
            b'"message":"expected the request\'s headers within 0.2 s; '
            b'they did not arrive. Send them faster."}'
        )
        answer = talk(port, whole(), b"POST /invo", answers=9)
        assert answer.startswith(b"HTTP/1.1 204 ")
        assert answer.count(b"HTTP/1.1") == 1
