"""How bodies are read, answers written and errors told: Traindrop's own manner. The container's is in `strict`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from .. import hooks
from ..errors import RequestError
from ..predictors.base import split_request
from .decoding import as_hook_body, decode
from .encoding import encode, encode_json
from .media import ANY, JSON, TEXT_TYPES, MediaType
from .messages import Call, Reply, error_reply

logger = logging.getLogger(__name__)


class Manner(Protocol):
    """What differs between the two manners. All but `failure` raise what is wrong with the call."""

    notes: bool
    """Whether the answer's headers say that texts were cut."""
    defaults: Mapping[str, Callable[..., Any]]
    """What stands for `input_fn` and `predict_fn` where the user has none."""

    def request(self, call: Call) -> tuple[Any, dict[str, Any]]:
        """`inputs` and `parameters`, for a model without hooks."""

    def answer(self, prediction: Any, call: Call) -> tuple[bytes, str]:
        """Body and content type, for a model without hooks."""

    def hook_body(self, call: Call) -> tuple[str | bytearray, str | None]:
        """Body and content type, as hooks get them."""

    def accept(self, call: Call) -> str:
        """What hooks are told that the caller accepts."""

    def encode(self, prediction: Any, accept: str) -> tuple[bytes, str]:
        """In the place of an `output_fn`."""

    def as_bytes(self, answer: Any) -> bytes:
        """What a hook answered, as a body."""

    def failure(self, error: BaseException) -> Reply: ...


class OwnManner:
    """Content types with parameters, negotiation, 4xx for the caller's mistakes and 5xx for the model's."""

    notes = True
    defaults: Mapping[str, Callable[..., Any]] = hooks.DEFAULTS

    def __init__(self, default_accept: str = JSON) -> None:
        self._default_accept = default_accept

    def request(self, call: Call) -> tuple[Any, dict[str, Any]]:
        return split_request(decode(call.body, call.content_type))

    def answer(self, prediction: Any, call: Call) -> tuple[bytes, str]:
        return encode(prediction, call.accept, self._default_accept)

    def hook_body(self, call: Call) -> tuple[str | bytearray, str | None]:
        media = MediaType.parse(call.content_type)
        return as_hook_body(call.body, media), media.name if media.name in TEXT_TYPES else call.content_type

    def accept(self, call: Call) -> str:
        return call.accept if call.accept and call.accept != ANY else self._default_accept

    def encode(self, prediction: Any, accept: str) -> tuple[bytes, str]:
        return encode(prediction, accept)

    def as_bytes(self, answer: Any) -> bytes:
        """Bytes and text as they are, anything else as JSON."""
        if isinstance(answer, bytes | bytearray | memoryview):
            return bytes(answer)
        return answer.encode() if isinstance(answer, str) else encode_json(answer)

    def failure(self, error: BaseException) -> Reply:
        """A caller's mistake as its 4xx; anything else as a 500, with the traceback in the log."""
        if getattr(error, "callers_fault", False):
            mistake = cast(RequestError, error)
            return error_reply(mistake.status, mistake.type, str(mistake))
        logger.error("the model failed to answer", exc_info=error)
        return error_reply(500, type(error).__name__, str(error))


failure = OwnManner().failure
