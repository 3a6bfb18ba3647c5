"""A loaded model answering calls: decode, predict, encode, each by the user's hook or the default one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.registry import TASKS

from .environment import Environment
from .errors import InvocationError
from .predictors.base import Output, Predictor, Request
from .protocols.container import StrictManner
from .protocols.context import Context
from .protocols.media import JSON
from .protocols.messages import Call, Reply, error_reply
from .protocols.traindrop import Manner, OwnManner, failure
from .protocols.user_code import Hook

__all__ = ["NOTES_HEADER", "Call", "Reply", "Service", "error_reply", "failure"]

NOTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
"""The one header of an answer that SageMaker passes on to the caller."""


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
        self._manner: Manner = StrictManner(self.task) if environment.strict else OwnManner(environment.default_accept)
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
            return [self._manner.failure(error)] if len(calls) == 1 else [self.respond(call) for call in calls]
        answers = iter(zip(requests, shares, strict=True))
        return [
            self._finish(call, *next(answers), self._predictor) if isinstance(request, Request) else request
            for call, request in zip(calls, parsed, strict=True)
        ]

    def _parse(self, call: Call, predictor: Predictor) -> Request | Reply:
        try:
            return predictor.parse(*self._manner.request(call))
        except Exception as error:
            return self._manner.failure(error)

    def _finish(self, call: Call, request: Request, outputs: Sequence[Output], predictor: Predictor) -> Reply:
        try:
            body, content_type = self._manner.answer(predictor.answer(request, outputs), call)
        except Exception as error:
            return self._manner.failure(error)
        truncated = sum(output.truncated for output in outputs) if self._manner.notes else 0
        return Reply(200, body, content_type, {NOTES_HEADER: f"truncated={truncated}"} if truncated else {})

    def _guarded(self, call: Call) -> Reply:
        try:
            return self._through_hooks(call)
        except (Exception, SystemExit) as error:
            # A script that calls sys.exit ends its request, not the thread that answers all.
            return self._manner.failure(error)

    def _through_hooks(self, call: Call) -> Reply:
        context = Context(self._model_dir, call.headers)
        body, content_type = self._manner.hook_body(call)
        accept = self._manner.accept(call)
        if transform := self._hooks.get("transform_fn"):
            answer = transform(self._model, body, content_type, accept, context=context)
        else:
            data = self._hook("input_fn", body, content_type, context=context)
            prediction = self._hook("predict_fn", data, self._model, context=context)
            if "output_fn" not in self._hooks:
                answer, accept = self._manner.encode(prediction, accept)
            else:
                answer = self._hooks["output_fn"](prediction, accept, context=context)
        headers = {k: v for k, v in context.get_response_headers(0).items() if k.lower() != "content-type"}
        status, _ = context.get_response_status(0)
        return Reply(status, self._manner.as_bytes(answer), accept, headers)

    def _hook(self, name: str, *arguments: Any, context: Context) -> Any:
        if hook := self._hooks.get(name):
            return hook(*arguments, context=context)
        return self._manner.defaults[name](*arguments)
