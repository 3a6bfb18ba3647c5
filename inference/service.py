"""A loaded model answering calls: decode, predict, encode, each by the user's hook or the default one."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tasks.registry import TASKS

from . import hooks as defaults
from .context import Context
from .decoding import as_hook_body, decode
from .encoding import encode, encode_json
from .environment import Environment
from .errors import InvocationError, RequestError
from .media import ANY, JSON, TEXT_TYPES, MediaType
from .predictors.base import Output, Predictor, Request, split_request
from .user_code import Hook

logger = logging.getLogger(__name__)

NOTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
"""The one header of an answer that SageMaker passes on to the caller."""


@dataclass(frozen=True)
class Call:
    body: bytes
    content_type: str | None = JSON
    accept: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def error_reply(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, encode_json({"code": status, "type": kind, "message": message}), headers=headers or {})


def failure(error: Exception) -> Reply:
    """A caller's mistake as its 4xx; anything else as a 500, with the traceback in the log."""
    if getattr(error, "callers_fault", False):
        mistake = cast(RequestError, error)
        return error_reply(mistake.status, mistake.type, str(mistake))
    logger.error("the model failed to answer", exc_info=error)
    return error_reply(500, type(error).__name__, str(error))


class Service:
    """Thread-safe as far as the user's hooks are. `batches` tells whether calls gain from being answered together."""

    def __init__(
        self,
        model_dir: Path,
        environment: Environment,
        hooks: Mapping[str, Hook],
        predictor: Predictor | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._environment = environment
        self._hooks = hooks
        self._predictor = predictor
        self.task = predictor.task if predictor else environment.task
        self.batches = predictor is not None and not hooks
        self._model = predictor if predictor else hooks["model_fn"](str(model_dir), context=Context(model_dir))

    def warm_up(self) -> None:
        """Answers the task's example, so that no caller waits for what is done once. Raises what fails."""
        if self._predictor is not None and (task := TASKS.get(self._predictor.task)):
            self._predictor(task.example_inputs)

    def invoke(self, body: bytes, content_type: str = JSON, accept: str = JSON) -> bytes:
        """The answer's body. Raises `InvocationError` where the server would answer another status than 200."""
        reply = self.respond(Call(body, content_type, accept))
        if reply.status != 200:
            raise InvocationError(reply.status, json.loads(reply.body)["message"])
        return reply.body

    def respond(self, call: Call) -> Reply:
        return self.respond_many([call])[0]

    def respond_many(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply a call, in order; never raises. A call that fails harms no other."""
        if self._predictor is None or not self.batches:
            return [self._guarded(call) for call in calls]
        parsed = [self._parse(call, self._predictor) for call in calls]
        requests = [request for request in parsed if isinstance(request, Request)]
        try:
            outputs = iter(self._predictor.predict([item for request in requests for item in request.items]))
            shares = [[next(outputs) for _ in request.items] for request in requests]
        except Exception as error:
            return [failure(error)] if len(calls) == 1 else [self.respond(call) for call in calls]
        answers = iter(zip(requests, shares, strict=True))
        return [
            self._finish(call, *next(answers), self._predictor) if isinstance(request, Request) else request
            for call, request in zip(calls, parsed, strict=True)
        ]

    def _parse(self, call: Call, predictor: Predictor) -> Request | Reply:
        try:
            return predictor.parse(*split_request(decode(call.body, call.content_type)))
        except Exception as error:
            return failure(error)

    def _finish(self, call: Call, request: Request, outputs: Sequence[Output], predictor: Predictor) -> Reply:
        try:
            body, content_type = encode(
                predictor.answer(request, outputs), call.accept, self._environment.default_accept
            )
        except Exception as error:
            return failure(error)
        truncated = sum(output.truncated for output in outputs)
        return Reply(200, body, content_type, {NOTES_HEADER: f"truncated={truncated}"} if truncated else {})

    def _guarded(self, call: Call) -> Reply:
        try:
            return self._through_hooks(call)
        except Exception as error:
            return failure(error)

    def _through_hooks(self, call: Call) -> Reply:
        media = MediaType.parse(call.content_type)
        accept = call.accept if call.accept and call.accept != ANY else self._environment.default_accept
        context = Context(self._model_dir, call.headers)
        body = as_hook_body(call.body, media)
        content_type = media.name if media.name in TEXT_TYPES else call.content_type
        if transform := self._hooks.get("transform_fn"):
            answer = transform(self._model, body, content_type, accept, context=context)
        else:
            data = self._hook("input_fn", body, content_type, context=context)
            prediction = self._hook("predict_fn", data, self._model, context=context)
            if "output_fn" not in self._hooks:
                answer, accept = encode(prediction, accept)
            else:
                answer = self._hooks["output_fn"](prediction, accept, context=context)
        headers = {k: v for k, v in context.get_response_headers(0).items() if k.lower() != "content-type"}
        return Reply(200, as_bytes(answer), accept, headers)

    def _hook(self, name: str, *arguments: Any, context: Context) -> Any:
        if hook := self._hooks.get(name):
            return hook(*arguments, context=context)
        return defaults.DEFAULTS[name](*arguments)


def as_bytes(answer: Any) -> bytes:
    """A hook's answer as a body: bytes and text as they are, anything else as JSON."""
    if isinstance(answer, bytes | bytearray | memoryview):
        return bytes(answer)
    return answer.encode() if isinstance(answer, str) else encode_json(answer)
