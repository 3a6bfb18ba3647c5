"""What can go wrong, each with its HTTP status, and words for what was found."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"parameters\.(\w+)")
DESCRIBED_CHARACTERS = 40
MESSAGE_CHARACTERS = 10_000


class ArchiveError(RuntimeError):
    """The model folder or archive cannot be served; the message says what to change in it."""


class HookError(ArchiveError):
    """The user's inference script breaks the rules of the hosting contract."""


class RequestError(ValueError):
    """The caller's request is at fault."""

    status = 400
    type = "BadRequest"
    callers_fault = True
    """A mark, because the class itself of an archive's copy of this package is another one."""


class MalformedBodyError(RequestError):
    """The body is not what its content type says."""

    type = "MalformedBody"


class InvalidRequestError(RequestError):
    """The body is well formed, but a field is missing, unknown or of the wrong type."""

    status = 422
    type = "InvalidRequest"


class UnsupportedMediaTypeError(RequestError):
    """The request's content type has no decoder."""

    status = 415
    type = "UnsupportedMediaType"


class NotAcceptableError(RequestError):
    """The answer cannot be written in any content type the caller accepts."""

    status = 406
    type = "NotAcceptable"


class ModelError(RuntimeError):
    """The model's own answer is unusable."""


class InvocationError(RuntimeError):
    """A request made in-process was not answered with 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def describe(value: object) -> str:
    """A decoded JSON value in words a caller understands, short whatever its size."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(
            value
            if len(value) <= DESCRIBED_CHARACTERS
            else value[:DESCRIBED_CHARACTERS] + "…"
        )
    if isinstance(value, int | float):
        return f"the number {value}"
    names: dict[type, str] = {dict: "an object", list: "a list"}
    return names.get(type(value), f"a {type(value).__name__}")


def words_of(error: BaseException) -> str:
    """The error's message, cut where it is very long; its type's name where it has none that can be read."""
    try:
        words = str(error)
    except Exception:
        return type(error).__name__
    if len(words) <= MESSAGE_CHARACTERS:
        return words
    return f"{words[:MESSAGE_CHARACTERS]}… ({len(words):,} characters)"


def named_parameter(error: BaseException) -> str | None:
    """The parameter that a `RequestError` is about, this package's or that of an archive's copy; else None."""
    if not getattr(error, "callers_fault", False):
        return None
    match = _PARAMETER.match(words_of(error))
    return match[1] if match else None
