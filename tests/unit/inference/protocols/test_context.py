from __future__ import annotations

from pathlib import Path

from inference.protocols.context import Context


def test_headers_are_found_whatever_their_case() -> None:
    context = Context(Path("model"), {"X-Key": "k"})
    assert context.get_request_header(0, "x-key") == "k"
    assert context.get_request_header(0, "other") is None
    assert context.get_all_request_header(0) == {"X-Key": "k"}


def test_hooks_set_headers_and_status_of_the_response() -> None:
    context = Context(Path("model"))
    context.set_response_content_type(0, "text/plain")
    context.set_all_response_status(418, "teapot")
    assert context.get_response_content_type(0) == "text/plain"
    assert context.get_response_status(0) == (418, "teapot")
