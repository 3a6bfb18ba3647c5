from __future__ import annotations

from pathlib import Path

import pytest

from inference.archive import load
from inference.protocols.messages import Call, Reply
from tests.unit.inference.answers import error
from tests.unit.inference.model_folder import add_code


def hooked(folder: Path, *lines: str) -> Reply:
    """What a script of these lines in its `transform_fn` answers."""
    body = "".join(f"    {line}\n" for line in lines)
    script = (
        "import asyncio\n"
        "class Odd(Exception):\n"
        "    callers_fault = True\n"
        "    def __str__(self): raise ValueError\n"
        "def model_fn(model_dir): return None\n"
        f"def transform_fn(model, body, content_type, accept, context):\n{body}"
        "    return 'answer'\n"
    )
    return load(add_code(folder, inference=script)).respond(Call(b"{}"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("context.set_response_header(0, 'X-Score', 0.5)", {"X-Score": "0.5"}),
        ("context.set_response_header(0, 'X-Name', 'Zoë')", {"X-Name": "Zoë"}),
        ("context.set_response_header(0, 'Content-Length', '1')", {}),
        ("context.set_response_header(0, 'transfer-encoding', 'chunked')", {}),
        ("context.set_response_content_type(0, 'text/plain')", {}),
    ],
)
def test_headers_of_hooks_are_text_and_leave_the_servers_own(
    tmp_path: Path, line: str, expected: dict[str, str]
) -> None:
    reply = hooked(tmp_path, line)
    assert (reply.status, reply.headers, reply.body) == (200, expected, b"answer")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "context.set_response_header(0, 'X-Name', '名')",
            "expected Latin-1 text without line breaks as the header X-Name in set_response_header; "
            "found '名'. Encode it, by urllib.parse.quote for example.",
        ),
        (
            "context.set_response_header(0, 'X-Name', 'a\\r\\nX: b')",
            "expected Latin-1 text without line breaks as the header X-Name in set_response_header; "
            r"found 'a\r\nX: b'. Encode it, by urllib.parse.quote for example.",
        ),
        (
            "context.set_response_header(0, 'X Name', 'a')",
            "expected a header's name of letters, digits and hyphens in set_response_header; "
            "found 'X Name'. Correct the script.",
        ),
        *[
            (
                f"context.set_response_status({status})",
                "expected a status from 200 to 599 of set_response_status; "
                f"found {status!r}. Correct the script.",
            )
            for status in ("None", "99", "1000", "199")
        ],
    ],
)
def test_what_http_cannot_send_of_a_hook_is_its_error(
    tmp_path: Path, line: str, message: str
) -> None:
    assert error(hooked(tmp_path, line)) == (500, "HookError", message)


def test_a_status_may_be_digits_and_may_have_no_body(tmp_path: Path) -> None:
    reply = hooked(tmp_path, "context.set_response_status('404')")
    assert (reply.status, reply.body) == (404, b"answer")
    empty = hooked(tmp_path, "context.set_response_status(204)")
    assert (empty.status, empty.body) == (204, b"")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("asyncio.CancelledError('x')", (500, "CancelledError", "x")),
        ("KeyboardInterrupt", (500, "KeyboardInterrupt", "")),
        ("GeneratorExit", (500, "GeneratorExit", "")),
        ("Odd", (400, "Odd", "Odd")),
        (
            "ValueError('x' * 50_000)",
            (500, "ValueError", "x" * 10_000 + "… (50,000 characters)"),
        ),
    ],
)
def test_whatever_a_hook_raises_ends_its_request_only(
    tmp_path: Path, raised: str, expected: tuple[int, str, str]
) -> None:
    assert error(hooked(tmp_path, f"raise {raised}")) == expected
