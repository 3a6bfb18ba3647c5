"""Whether the body of a call is what the task takes, and if not, which part is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

from functions.api.errors import ApiError
from functions.common.example_request import example_request
from functions.common.request_check import request_problem

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_OTHER_BYTES = re.compile("[\x00-\x08\x1f\ufffd]")
"""What UTF-16 and compressed bodies begin with, also after the gateway has replaced what it cannot read."""
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def json_body(body: str | bytes | None, content_type: str) -> Any:
    """The parsed body; a wrong or missing content type is forgiven where the body is, or was meant to be, JSON."""
    _require_utf8(content_type)
    if not body or not body.strip():
        raise ApiError(
            400,
            "empty_body",
            'The body is empty. Expected JSON such as {"inputs": "…"}.',
        )
    try:
        # Bytes would be read as UTF-16 where they look like it, which no model reads.
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
        return json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ApiError(
            400,
            "bad_json",
            f"The body is not UTF-8: byte {error.start} cannot be read. Send it as UTF-8, uncompressed.",
        ) from error
    except json.JSONDecodeError as error:
        if _OTHER_BYTES.search(error.doc[:4]):
            message = "The body is not text in UTF-8. Send it as UTF-8, uncompressed."
            raise ApiError(400, "bad_json", message) from error
        media = content_type.partition(";")[0].strip().lower()
        meant_as_json = str(error.doc).lstrip()[:1] in {"{", "["}
        if (
            not meant_as_json
            and media
            and media != "application/json"
            and not media.endswith("+json")
        ):
            message = f"Expected a body of application/json; found {media}."
            raise ApiError(415, "unsupported_media_type", message) from error
        # Some of the parser's texts end in "at" themselves.
        problem = error.msg.removesuffix(" at")
        place = f"line {error.lineno}, column {error.colno}"
        raise ApiError(
            400,
            "bad_json",
            f"The body is not JSON: {problem} at {place}.",
            line=error.lineno,
            column=error.colno,
        ) from error
    except RecursionError as error:
        raise ApiError(400, "bad_json", "The body is nested too deeply.") from error
    except ValueError as error:
        message = "The body has a number of more digits than can be read."
        raise ApiError(400, "bad_json", message) from error


def _require_utf8(content_type: str) -> None:
    """API Gateway reads bodies as UTF-8 and replaces what is none: another encoding would be answered wrongly."""
    named = _CHARSET.search(content_type)
    charset = named[1].lower() if named else "utf-8"
    if charset not in _UTF8:
        message = f"Expected a body in UTF-8; found the charset {charset}. Encode it as UTF-8."
        raise ApiError(415, "unsupported_charset", message)


def _no_constant(name: str) -> Any:
    raise ApiError(
        400, "bad_json", f"The body is not JSON: {name} is not a JSON number."
    )


def check_request(task: str, request: Any) -> None:
    """Raises a 422 that names the first field which the task does not take."""
    problem = request_problem(task, request)
    if problem is not None:
        example = json.dumps(example_request(task), ensure_ascii=False)
        message = f"{problem.sentence} Send, for example: {example}"
        raise ApiError(422, "invalid_request", message, field=problem.field)
