"""What the owner of each of the stack's API keys may do."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps

from aws_lambda_powertools.event_handler import Response

from functions.adapters import clients
from functions.api.errors import ApiError
from functions.common.settings import Settings


class Right(StrEnum):
    """One API key of the stack has each of them; that of `MANAGE` has all three."""

    PREDICT = "predict"
    READ = "read"
    """Models, runs and what their jobs wrote: mistakes and logs hold rows of the data."""
    MANAGE = "manage"


def rights_of(key_id: str | None, settings: Settings) -> frozenset[Right]:
    """The rights of the key with this id; none where it is not one of the stack's."""
    by_key = {
        settings.predict_key_id: frozenset({Right.PREDICT}),
        settings.read_key_id: frozenset({Right.READ}),
        settings.manage_key_id: frozenset(Right),
    }
    return by_key.get(key_id, frozenset()) if key_id else frozenset()


def require(right: Right | None, key_id: str | None, settings: Settings) -> None:
    """Raises a 403 that names the output with a key that will do; without a right any key of the stack will."""
    rights = rights_of(key_id, settings)
    if right in rights or (rights and right is None):
        return
    right = right or Right.READ
    may = ", ".join(sorted(rights)) or "nothing here"
    output = f"{right.capitalize()}KeyId"
    message = (
        f"Expected a key that may {right}; found one that may {may}. "
        f"{output} of the stack's outputs is one that may."
    )
    raise ApiError(403, "missing_right", message, right=right.value)


def restricted(
    view: Callable[..., Response[str]],
    right: Right | None,
    key_id: Callable[[], str | None],
) -> Callable[..., Response[str]]:
    """The view for callers whose key has the right, or any where there is none."""

    @wraps(view)
    def call(**parameters: str) -> Response[str]:
        require(right, key_id(), clients.settings())
        return view(**parameters)

    return call
