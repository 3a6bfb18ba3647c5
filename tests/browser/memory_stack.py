"""The API's own handler behind a real HTTP server, so that a browser can open the console on a ledger in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from functions.api.handler import api
from tests.unit.functions.api.client import MANAGE_KEY, Context, event_of
from tests.unit.traindrop.api_transport import match

KEY = "the-key"
PREFIX = "/live"
FORBIDDEN = b'{"error": {"code": "wrong_api_key", "message": "Expected one of the stack\'s keys."}}'
_TURN = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Like API Gateway: only the console is open without the key."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest shows what fails."""

    def _answer(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        is_console = address.path.startswith(f"{PREFIX}/console")
        if not is_console and self.headers.get("x-api-key") != KEY:
            self._send(403, {"content-type": ["application/json"]}, FORBIDDEN)
            return
        event = _event(self.command, address.path, body, dict(parse_qsl(address.query)))
        with _TURN:
            answer: Any = api(event, Context())  # type: ignore[arg-type]
        content = answer["body"].encode()
        self._send(answer["statusCode"], answer["multiValueHeaders"], content)

    def _send(self, status: int, headers: dict[str, list[str]], body: bytes) -> None:
        self.send_response(status)
        for name, values in headers.items():
            self.send_header(name, values[0])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _event(method: str, path: str, body: str, query: dict[str, str]) -> dict[str, Any]:
    place = path.removeprefix(PREFIX)
    if place.startswith("/console/"):
        name = unquote(place.removeprefix("/console/"))
        event = event_of("GET", "/console/{file}", {"file": name})
    elif place == "/console":
        event = event_of("GET", place, {})
    else:
        resource, parameters = match(method, path)
        event = event_of(method, resource, parameters, body or None, query or None)
    event["requestContext"]["identity"] = {"apiKeyId": MANAGE_KEY}
    return event


@contextmanager
def served() -> Iterator[str]:
    """The URL of the API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
