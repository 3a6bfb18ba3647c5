"""What callers send to put a run live, or to approve one."""

from __future__ import annotations

from dataclasses import dataclass

from functions.api.errors import ApiError
from functions.api.request_validation import json_body

EXAMPLE = '{"run": "reviews-0123456789", "accept_label_change": false}'


@dataclass(frozen=True)
class PromotionRequest:
    run: str | None = None
    accept_label_change: bool = False


_FIELDS: dict[str, tuple[type, str]] = {
    "run": (str, "the id of a run"),
    "accept_label_change": (bool, "true or false"),
}


def promotion_request(body: str | bytes | None, content_type: str) -> PromotionRequest:
    """Of an empty body, one without fields. Raises a 4xx that names the first field that is wrong."""
    if not body or not body.strip():
        return PromotionRequest()
    content = json_body(body, content_type)
    if not isinstance(content, dict):
        raise _invalid("body", "an object", content)
    for name, value in content.items():
        if name not in _FIELDS:
            raise _invalid(str(name), f"only the fields {', '.join(_FIELDS)}", value)
        kind, expected = _FIELDS[name]
        if not isinstance(value, kind) or value == "":
            raise _invalid(name, expected, value)
    return PromotionRequest(**content)


def without_run() -> ApiError:
    message = f"run: expected the id of a run; found none. Send, for example: {EXAMPLE}"
    return ApiError(422, "invalid_request", message, field="run")


def another_run(expected: str, actual: str) -> ApiError:
    message = f"run: expected {expected!r} as in the path, or nothing; found {actual!r}"
    return ApiError(422, "invalid_request", message, field="run")


def _invalid(field: str, expected: str, value: object) -> ApiError:
    message = f"{field}: expected {expected}; found {value!r:.80}. Send, for example: {EXAMPLE}"
    return ApiError(422, "invalid_request", message, field=field)
