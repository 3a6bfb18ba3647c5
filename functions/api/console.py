"""The console: files that a browser is given without a key. What its pages show they ask of the API, with one."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from aws_lambda_powertools.event_handler import Response

from contracts import locations
from contracts.locations import CONSOLE_PATH
from functions.adapters import clients
from functions.api.calls import app
from functions.api.errors import ApiError

FOLDER = Path(__file__).parents[2] / "console"
PAGE, VIEWER = "index.html", "viewer.html"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CLOSED = (
    "default-src 'none'",
    "script-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
)
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def console_files() -> list[Path]:
    """The files that are served: those of the folder, which has no others below it."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in MEDIA_TYPES)


def page_policy(bucket_origin: str) -> str:
    """Scripts and styles of these files only, calls of this API and of the bucket only, no text read as HTML."""
    return "; ".join(
        (
            *_CLOSED,
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {bucket_origin}",
            "trusted-types 'none'",
        )
    )


def viewer_policy() -> str:
    """The page around a report, which has styles and pictures of its own: its frame, without an origin, inherits it."""
    return "; ".join(
        (
            *_CLOSED,
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "trusted-types report",
        )
    )


def open_console() -> Response[str]:
    """Leads to the page, by a relative address: behind a domain of the user's own the path may begin otherwise."""
    is_folder = app.current_event.path.endswith("/")
    place = PAGE if is_folder else f"{CONSOLE_PATH.strip('/')}/{PAGE}"
    headers: dict[str, str | list[str]] = {"Location": place}
    return Response(302, "text/plain", "", headers=headers)


def show_file(file: str) -> Response[str]:
    path = next((path for path in console_files() if path.name == file), None)
    if path is None:
        message = f"The console has no file {file!r:.80}. It begins at {CONSOLE_PATH}."
        raise ApiError(404, "unknown_route", message)
    text, tag = _content(path)
    headers = _SECURITY_HEADERS | {"ETag": tag}
    if policy := _policy(file):
        headers["Content-Security-Policy"] = policy
    is_known = tag in (app.current_event.headers or {}).get("if-none-match", "")
    return Response(
        304 if is_known else 200,
        MEDIA_TYPES[path.suffix],
        "" if is_known else text,
        headers=cast("dict[str, str | list[str]]", headers),
    )


def _policy(file: str) -> str:
    """Of a page; empty for what pages load."""
    if file == PAGE:
        return page_policy(_bucket_origin())
    return viewer_policy() if file == VIEWER else ""


@cache
def _content(path: Path) -> tuple[str, str]:
    """The file and its ETag."""
    data = path.read_bytes()
    return data.decode(), f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _bucket_origin() -> str:
    """Where a browser uploads to."""
    address = urlsplit(clients.link_maker().upload(locations.DATASETS))
    return f"{address.scheme}://{address.netloc}"
