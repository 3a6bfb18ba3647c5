"""The parameters after a path's question mark: which a call takes, and pages of lists."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from functions.api.errors import ApiError
from functions.common.text import nearest

T = TypeVar("T")
Position = tuple[str, ...]
"""Where a page ends: texts that say which item was its last."""

LIMIT, NEXT = "limit", "next"
PAGE_PARAMETERS = (LIMIT, NEXT)
DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS = 50, 200
_MAX_LIMIT_DIGITS = 10
_MAX_CURSOR_CHARACTERS = 1000
"""What it holds then fits into any key of DynamoDB."""


@dataclass(frozen=True)
class PageRequest:
    """At most `limit` items, after the one at `after`."""

    limit: int
    after: Position | None = None

    def page_of(
        self, items: Sequence[T], position: Callable[[T], Position]
    ) -> tuple[Sequence[T], dict[str, str]]:
        """The page, and `next` where there are more. `items` begins behind `after` and may hold one too many."""
        page = items[: self.limit]
        if len(items) <= self.limit:
            return page, {}
        return page, {NEXT: encode_cursor(position(page[-1]))}


def page_request(query: Mapping[str, str], position_items: int = 1) -> PageRequest:
    """Raises a 422 that names the parameter. Positions of the list have so many texts."""
    cursor = query.get(NEXT)
    after = None if cursor is None else decode_cursor(cursor, position_items)
    return PageRequest(limit_of(query.get(LIMIT)), after)


def limit_of(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE_ITEMS
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_LIMIT_DIGITS
    if not is_number or not 1 <= int(text) <= MAX_PAGE_ITEMS:
        message = f"{LIMIT}: expected a whole number from 1 to {MAX_PAGE_ITEMS}; found {text!r:.80}"
        raise ApiError(422, "invalid_request", message, field=LIMIT)
    return int(text)


def encode_cursor(position: Position) -> str:
    text = json.dumps(position, ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str, position_items: int) -> Position:
    """Raises a 422 for a text that is no cursor of such a list."""
    padded = text + "=" * (-len(text) % 4)
    try:
        position = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError):
        position = None
    if len(text) > _MAX_CURSOR_CHARACTERS:
        position = None
    is_position = isinstance(position, list) and len(position) == position_items
    if not is_position or not all(isinstance(item, str) and item for item in position):
        raise unknown_cursor(text)
    return tuple(position)


def unknown_cursor(text: str) -> ApiError:
    message = f"{NEXT}: expected the `next` of an answer to this call; found {text!r:.80}. Leave it out to begin anew."
    return ApiError(422, "invalid_request", message, field=NEXT)


def require_known(names: Collection[str], allowed: Sequence[str]) -> None:
    """Raises a 422 that names the first parameter which the call does not take."""
    for name in names:
        if name not in allowed:
            raise _unknown(name, allowed)


def _unknown(name: str, allowed: Sequence[str]) -> ApiError:
    if not allowed:
        sentence = (
            f"expected no parameters after the path; found {name!r:.80}. Leave it out."
        )
    else:
        guess = nearest(name, list(allowed))
        hint = f"Did you mean {guess!r}?" if guess else "Leave it out."
        expected = " and ".join(allowed) if len(allowed) < 3 else ", ".join(allowed)
        sentence = (
            f"expected only the parameters {expected}; found {name!r:.80}. {hint}"
        )
    message = f"{name:.80}: {sentence}"
    return ApiError(422, "invalid_request", message, field=name)
