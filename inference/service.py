"""A loaded model answering calls: decode, predict, encode, each by the user's hook or the default one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from contracts.answering_run import HEADER, with_run
from tasks.registry import TASKS

from .model.environment import Environment
from .predictors.base import AnyPredictor, AnyRequest, Output
from .protocols.base import ServingProtocol
from .protocols.context import Context
from .protocols.errors import HookError, InvocationError, named_parameter
from .protocols.hook_reply import NO_BODY, checked_headers, checked_status
from .protocols.media import JSON
from .protocols.messages import Call, Reply
from .protocols.traindrop import TraindropProtocol
from .protocols.user_code import Hook

if TYPE_CHECKING:
    from .predictors.causal_lm import Generator

__all__ = ["NOTES_HEADER", "Call", "ProtocolFactory", "Reply", "Service"]

NOTES_HEADER = HEADER
"""The one header of an answer that SageMaker passes on to the caller."""
ProtocolFactory: TypeAlias = Callable[[str | None], ServingProtocol]
"""The protocol for a task, which is None where nobody knows it."""


class Service:
    """Thread-safe as far as the user's hooks are. `batches` says whether calls gain from being answered together."""

    def __init__(
        self,
        model_dir: Path,
        environment: Environment,
        hooks: Mapping[str, Hook],
        predictor: AnyPredictor | None = None,
        protocol: ProtocolFactory | None = None,
    ) -> None:
        """Without a predictor, `hooks` must hold a `model_fn`, which is called here."""
        self._model_dir = model_dir
        self._hooks = hooks
        self._run = environment.run
        self._predictor = predictor
        self.task = predictor.task if predictor else environment.task
        self._protocol: ServingProtocol = TraindropProtocol(environment.default_accept)
        if protocol is not None:
            self._protocol = protocol(self.task)
        self.batches = predictor is not None and not hooks
        self._model: object = predictor
        if predictor is None:
            model_fn = hooks["model_fn"]
            self._model = model_fn(str(model_dir), context=Context(model_dir))

    @property
    def writer(self) -> Generator | None:
        """The predictor of a model that writes texts token by token, where no hooks answer in its place."""
        if self._predictor is None or not self._predictor.writes or not self.batches:
            return None
        return cast("Generator", self._predictor)

    def error_reply(self, error: BaseException) -> Reply:
        return self._protocol.error_reply(error)

    def warm_up(self) -> None:
        """Answers the task's example, so that no caller waits for what is done once. Raises what fails."""
        if self._predictor is None:
            return
        task = TASKS.get(self._predictor.task)
        if task is not None:
            self._predictor(task.example_inputs)

    def invoke(
        self, body: bytes, content_type: str = JSON, accept: str = JSON
    ) -> bytes:
        """The answer's body. Raises `InvocationError` where the server would answer another status than 200."""
        reply = self.respond(Call(body, content_type, accept))
        if reply.status != 200:
            raise InvocationError(reply.status, json.loads(reply.body)["message"])
        return reply.body

    def respond(self, call: Call) -> Reply:
        """The reply to one call; never raises."""
        return self.respond_many([call])[0]

    def respond_many(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply a call, in order; never raises. A call that fails harms no other."""
        return [self.naming_its_run(reply) for reply in self._replies(calls)]

    def naming_its_run(self, reply: Reply) -> Reply:
        """The reply with the run in its header, where the environment wants that."""
        if not self._run:
            return reply
        headers = dict(reply.headers)
        others = [headers.pop(name) for name in reply.headers if _is_notes(name)]
        headers[NOTES_HEADER] = with_run("; ".join(others), self._run)
        return replace(reply, headers=headers)

    def _replies(self, calls: Sequence[Call]) -> list[Reply]:
        if self._predictor is None or not self.batches:
            return [self._respond_through_hooks(call) for call in calls]
        parsed = [self.parse(call, self._predictor) for call in calls]
        try:
            outputs = self._predict(parsed, self._predictor)
        except Exception as error:
            if len(calls) == 1:
                return [self._protocol.error_reply(error)]
            return [self.respond(call) for call in calls]
        replies: list[Reply] = []
        for call, request, request_outputs in zip(calls, parsed, outputs, strict=True):
            if isinstance(request, Reply):
                replies.append(request)
            else:
                replies.append(
                    self.encode(call, request, request_outputs, self._predictor)
                )
        return replies

    def parse(self, call: Call, predictor: AnyPredictor) -> AnyRequest | Reply:
        """The validated request, or the reply that says what is wrong with it."""
        try:
            return predictor.parse(*self._protocol.parse_request(call))
        except Exception as error:
            return self._protocol.error_reply(error)

    def _predict(
        self, parsed: Sequence[AnyRequest | Reply], predictor: AnyPredictor
    ) -> list[list[Output]]:
        """The outputs of each request, of one batch of all their items; none for a reply."""
        items: list[object] = []
        for request in parsed:
            if not isinstance(request, Reply):
                items += request.items
        outputs = iter(predictor.predict(items))
        shares: list[list[Output]] = []
        for request in parsed:
            count = 0 if isinstance(request, Reply) else len(request.items)
            shares.append([next(outputs) for _ in range(count)])
        return shares

    def encode(
        self,
        call: Call,
        request: AnyRequest,
        outputs: Sequence[Output],
        predictor: AnyPredictor,
    ) -> Reply:
        """The reply of a request's outputs."""
        try:
            answer = predictor.answer(request, outputs)
            body, content_type = self._protocol.encode_answer(answer, call)
        except Exception as error:
            return self._protocol.error_reply(error)
        headers: dict[str, str] = {}
        truncated = sum(output.truncated for output in outputs)
        if truncated and self._protocol.reports_truncation:
            headers[NOTES_HEADER] = f"truncated={truncated}"
        return Reply(200, body, content_type, headers)

    def _respond_through_hooks(self, call: Call) -> Reply:
        try:
            return self._call_hooks(call)
        except BaseException as error:
            # Whatever a script raises ends its request, not the process that answers all.
            return self._protocol.error_reply(_blamed(error, call))

    def _call_hooks(self, call: Call) -> Reply:
        context = Context(self._model_dir, call.headers)
        output, content_type = self._hook_output(call, context)
        body = self._protocol.encode_hook_output(output)
        status = checked_status(context.get_response_status(0)[0])
        headers = checked_headers(context.get_response_headers(0))
        return Reply(status, b"" if status in NO_BODY else body, content_type, headers)

    def _hook_output(self, call: Call, context: Context) -> tuple[object, str]:
        """What the last hook returned, or the protocol in its place, and its content type."""
        body, content_type = self._protocol.hook_body(call)
        accept = self._protocol.hook_accept(call)
        transform = self._hooks.get("transform_fn")
        if transform is not None:
            output = transform(self._model, body, content_type, accept, context=context)
            return output, accept
        data = self._call_hook("input_fn", body, content_type, context=context)
        prediction = self._call_hook("predict_fn", data, self._model, context=context)
        output_fn = self._hooks.get("output_fn")
        if output_fn is not None:
            return output_fn(prediction, accept, context=context), accept
        return self._protocol.encode_prediction(prediction, accept)

    def _call_hook(self, name: str, *arguments: object, context: Context) -> object:
        """The user's hook of this name, or the protocol's default one."""
        if hook := self._hooks.get(name):
            return hook(*arguments, context=context)
        return self._protocol.default_hooks[name](*arguments)


def _is_notes(header: str) -> bool:
    return header.lower() == NOTES_HEADER.lower()


def _blamed(error: BaseException, call: Call) -> BaseException:
    """The error; of a parameter that the request does not name, the hook's own, for the hook has added it."""
    name = named_parameter(error)
    if name is None or name.encode() in call.body:
        return error
    mistake = HookError(f"the script calls the model with a wrong parameter: {error}")
    mistake.__cause__ = error
    return mistake
