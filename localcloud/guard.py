"""What stands before both local servers: only the owner of the state folder gets through, and no web page does.

Everything on this machine can connect to the loopback: other users, and the pages of a browser, which may send simple
requests anywhere and any request to a name that they let resolve to 127.0.0.1. So a request must name this machine as
its host, come from no web page, and be signed with keys of this cloud. Health checks and the deployed HTTP API are
open, as on AWS; the API checks its own keys.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from localcloud.signatures import (
    RequestHead,
    SignatureError,
    check_signature,
    read_signature,
)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Refusal = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""
SecretOf = Callable[[str, str], Awaitable[str]]
"""The secret of an access key and its session token. Raises `SignatureError` for an unknown one."""
Refuse = Callable[[RequestHead, SignatureError], Refusal]
"""The answer to a refused request, in the words of the service that it is for."""

CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The access key whose signature was checked, while its request is answered; empty on an open path."""
HEAD: ContextVar[RequestHead | None] = ContextVar("head", default=None)
"""The request that is answered."""
_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")
MAX_BODY_BYTES = 256 * 2**20
"""Of a body that is read before its signature is checked. Objects of S3 are not: their headers name a hash."""


class Guard:
    """ASGI middleware. `is_open` names the paths without a signature, `allows_pages` those that a web page may call."""

    def __init__(
        self,
        application: Any,
        secret_of: SecretOf,
        refuse: Refuse,
        is_open: Callable[[str], bool],
        allows_pages: Callable[[str], bool] = lambda path: False,
    ) -> None:
        self._application, self._secret_of, self._refuse = (
            application,
            secret_of,
            refuse,
        )
        self._is_open, self._allows_pages = is_open, allows_pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            head = RequestHead.of_scope(scope)
            try:
                access_key, receive = await self._admit(scope, head, receive)
            except SignatureError as error:
                await _answer(send, self._refuse(head, error))
                return
            CALLER.set(access_key)
            HEAD.set(head)
        await self._application(scope, receive, send)

    async def _admit(
        self, scope: Scope, head: RequestHead, receive: Receive
    ) -> tuple[str, Receive]:
        """The access key of the caller, and the body to be received. Raises `SignatureError`."""
        path = scope["path"]
        check_origin(head, self._allows_pages(path) or is_upload_of_console(head))
        if self._is_open(path):
            return "", receive
        signature = read_signature(head)
        secret = await self._secret_of(signature.access_key_id, head.token)
        body = b""
        if head.needs_body:
            body = await _read(receive)
            receive = _again(body, receive)
        check_signature(head, signature, body, secret)
        return signature.access_key_id, receive


def is_upload_of_console(head: RequestHead) -> bool:
    """Whether a page that this very server gave out, which the console alone is, sends an address with a signature."""
    own = f"http://{head.headers.get('host', '')}"
    return head.headers.get("origin") == own and "X-Amz-Signature" in head.query


def check_origin(head: RequestHead, allows_pages: bool = False) -> None:
    """Raises `SignatureError` for a request to another host's name, or of a web page."""
    host = head.headers.get("host", "")
    if not _HOST.fullmatch(host.lower()):
        raise SignatureError(
            "AccessDenied",
            f"expected the host 127.0.0.1 or localhost; found {host!r}. Use the addresses of `localcloud env`.",
        )
    origin = head.headers.get("origin")
    if origin is not None and not allows_pages:
        raise SignatureError(
            "AccessDenied",
            f"expected a request of a program; found one of the web page {origin!r}. "
            "Call the local cloud without Origin.",
        )


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise SignatureError(
                "RequestEntityTooLarge",
                f"expected a body of at most {MAX_BODY_BYTES:,} bytes; found more.",
            )
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """Receives `body` once more, and then what comes after it."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return pending.pop() if pending else await receive()

    return receive_again


async def _answer(send: Send, refusal: Refusal) -> None:
    status, headers, body = refusal
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
