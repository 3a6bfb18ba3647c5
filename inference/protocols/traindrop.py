"""Traindrop's own protocol: content types with parameters, negotiation, 4xx for a caller's mistakes, else 5xx."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tasks.sequences import STREAM

from .base import RequestParts, ServingProtocol
from .decoding import HookBody, as_hook_body, decode, decode_any
from .encoding import encode, encode_json
from .errors import InvalidRequestError, RequestError, describe, words_of
from .media import ANY, JSON, TEXT_TYPES, MediaType, preferred
from .messages import Call, Reply, error_reply
from .openai_request import MESSAGES, PROMPT

logger = logging.getLogger(__name__)

CALLERS_STATUSES = range(400, 500)
BARE_INPUT_FIELDS = frozenset({"text", "question", "source_sentence", MESSAGES, PROMPT})
"""A body with one of these fields and without `inputs` is the input itself."""


class TraindropProtocol(ServingProtocol):
    """`default_accept` is the content type for callers that accept any."""

    reports_truncation = True

    def __init__(self, default_accept: str = JSON) -> None:
        self._default_accept = default_accept
        self.default_hooks = {"input_fn": decode_any, "predict_fn": predict}

    def parse_request(self, call: Call) -> RequestParts:
        return split_request(decode(call.body, call.content_type))

    def encode_answer(self, prediction: object, call: Call) -> tuple[bytes, str]:
        return encode(prediction, call.accept, self._default_accept)

    def hook_body(self, call: Call) -> tuple[HookBody, str | None]:
        media = MediaType.parse(call.content_type)
        content_type = media.name if media.name in TEXT_TYPES else call.content_type
        return as_hook_body(call.body, media), content_type

    def hook_accept(self, call: Call) -> str:
        """The one type that is accepted, as it is; of several, the default or else the first preferred one."""
        accept = (call.accept or "").strip()
        if not accept or accept == ANY:
            return self._default_accept
        return accept if "," not in accept else preferred(accept, self._default_accept)

    def encode_prediction(self, prediction: object, accept: str) -> tuple[bytes, str]:
        return encode(prediction, accept)

    def encode_hook_output(self, output: object) -> bytes:
        """Bytes and text as they are, anything else as JSON."""
        if isinstance(output, bytes | bytearray | memoryview):
            return bytes(output)
        if isinstance(output, str):
            return output.encode()
        return encode_json(output)

    def error_reply(self, error: BaseException) -> Reply:
        """A caller's mistake as its 4xx; anything else as a 500, with the traceback in the log."""
        message = words_of(error)
        if getattr(error, "callers_fault", False):
            status = getattr(error, "status", None)
            if not isinstance(status, int) or status not in CALLERS_STATUSES:
                status = RequestError.status
            kind = getattr(error, "type", type(error).__name__)
            return error_reply(status, str(kind), message)
        logger.error("the model failed to answer", exc_info=error)
        return error_reply(500, type(error).__name__, message)


def predict(data: object, model: Callable[..., object]) -> object:
    """Calls the model with `inputs` and, as keywords, `parameters`. Raises `InvalidRequestError`."""
    inputs, parameters = split_request(data)
    answer_request = getattr(model, "answer_request", None)
    if answer_request is not None:
        return answer_request(inputs, parameters)
    return model(inputs, **parameters)


def split_request(data: object) -> RequestParts:
    """`inputs` and `parameters` of a decoded body; a bare object or array of inputs is taken as `inputs`.

    Raises `InvalidRequestError` naming the field.
    """
    if hasattr(data, "tolist"):
        return data.tolist(), {}
    if not isinstance(data, dict):
        raise InvalidRequestError(
            f'expected an object with the field inputs; found {describe(data)}. Send {{"inputs": …}}.'
        )
    if "inputs" not in data:
        if BARE_INPUT_FIELDS & data.keys():
            return data, {}
        raise _missing_inputs(data)
    if unknown := sorted(set(data) - {"inputs", "parameters", STREAM}):
        name = unknown[0]
        raise InvalidRequestError(
            f"{name}: expected only the fields inputs and parameters; found {name!r}. Remove it."
        )
    parameters = data.get("parameters")
    if not isinstance(parameters, dict | None):
        raise InvalidRequestError(
            f"parameters: expected an object; found {describe(parameters)}. Send {{}} or nothing."
        )
    parameters = dict(parameters or {})
    if STREAM in data:
        parameters[STREAM] = data[STREAM]
    return data["inputs"], parameters


def _missing_inputs(data: dict[str, object]) -> InvalidRequestError:
    actual = f"only {', '.join(map(repr, data))}" if data else "an empty object"
    return InvalidRequestError(
        f'inputs: expected the field inputs; found {actual}. Send {{"inputs": …}}.'
    )
