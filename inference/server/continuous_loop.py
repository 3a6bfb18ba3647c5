"""A worker's life with a model that writes: calls come at any time, and each gets what it asked for as it is written.

A thread reads the calls from the channel; this one decodes, a token of every text a step, and sends what became of it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, cast

from ..protocols.media import EVENT_STREAM
from ..protocols.messages import Call, Reply
from .ipc import DisconnectedError, Kind, Update, WorkerChannel

if TYPE_CHECKING:
    from ..predictors.answer_forms import AnswerForm
    from ..predictors.base import AnyRequest
    from ..predictors.causal_lm import Generator
    from ..predictors.continuous import ContinuousEngine, Progress, Writing
    from ..predictors.generation import GeneratedText
    from ..service import Service

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class OpenCall:
    """A call whose texts are being written."""

    number: int
    call: Call
    request: AnyRequest
    writings: list[Writing]
    outputs: dict[int, GeneratedText] = field(default_factory=dict)
    """The texts that are complete, by their index."""
    has_started: bool = False
    """Whether the head of its stream is sent."""

    @property
    def form(self) -> AnswerForm:
        return cast("AnswerForm", self.request.parameters.form)

    @property
    def ordered_outputs(self) -> list[GeneratedText]:
        return [self.outputs[index] for index in range(len(self.writings))]


class ContinuousLoop:
    def __init__(
        self, service: Service, engine: ContinuousEngine, channel: WorkerChannel
    ) -> None:
        self._service = service
        self._writer = cast("Generator", service.writer)
        self._engine = engine
        self._channel = channel
        self._arrivals: SimpleQueue[tuple[int, Call | None] | None] = SimpleQueue()
        self._calls: dict[int, OpenCall] = {}
        self._owners: dict[Writing, tuple[OpenCall, int]] = {}
        self._updates: list[Update] = []

    def run(self) -> None:
        """Returns when the server has closed the channel."""
        threading.Thread(target=self._receive, name="calls", daemon=True).start()
        try:
            while self._take_calls():
                self._advance()
                self._send()
        except DisconnectedError:
            return

    def _receive(self) -> None:
        try:
            while True:
                self._arrivals.put(self._channel.receive_numbered())
        except DisconnectedError:
            self._arrivals.put(None)

    def _take_calls(self) -> bool:
        """Takes what has come, and waits where there is nothing else to do; False once the server is gone."""
        while not self._engine.busy or not self._arrivals.empty():
            arrival = self._arrivals.get()
            if arrival is None:
                return False
            number, call = arrival
            if call is None:
                self._forget(number)
            else:
                self._take(number, call)
            self._send()
        return True

    def _take(self, number: int, call: Call) -> None:
        request = self._service.parse(call, self._writer)
        if isinstance(request, Reply):
            self._reply(number, request)
            return
        try:
            writings = self._writings(request)
        except Exception as error:
            self._reply(number, self._service.error_reply(error))
            return
        if writings is None:
            # With several beams, for example: all others wait until it is written.
            self._reply(number, self._service.respond(call))
            return
        open_call = OpenCall(number, call, request, writings)
        self._calls[number] = open_call
        for index, writing in enumerate(writings):
            self._owners[writing] = open_call, index
            self._engine.add(writing)

    def _writings(self, request: AnyRequest) -> list[Writing] | None:
        """The sequences of a request; None where one can be written by `generate` alone."""
        streams = request.parameters.form.streams
        writings: list[Writing] = []
        for item in request.items:
            writing = self._engine.prepare(item, streams)
            if writing is None:
                return None
            writings.append(writing)
        return writings

    def _forget(self, number: int) -> None:
        open_call = self._calls.pop(number, None)
        for writing in open_call.writings if open_call else ():
            self._engine.remove(writing)
            self._owners.pop(writing, None)

    def _advance(self) -> None:
        try:
            progress = self._engine.step()
        except Exception as error:
            self._fail(error)
            return
        for item in progress:
            self._note(item)

    def _fail(self, error: Exception) -> None:
        """Nothing in the cache can be trusted: all calls in progress end."""
        logger.exception("writing failed")
        self._engine.clear()
        self._owners.clear()
        calls, self._calls = self._calls, {}
        for number, open_call in calls.items():
            if open_call.has_started:
                # Without its end, the server cuts the stream off.
                self._add(number, Kind.FAILURE)
            else:
                self._reply(number, self._service.error_reply(error))

    def _note(self, progress: Progress) -> None:
        """Sends what a token means for its call."""
        open_call, index = self._owners[progress.writing]
        writing = progress.writing
        if progress.is_last:
            del self._owners[writing]
            open_call.outputs[index] = self._engine.output(writing)
        if open_call.form.streams:
            self._stream(open_call, index, progress)
        if len(open_call.outputs) == len(open_call.writings):
            self._finish(open_call)

    def _stream(self, open_call: OpenCall, index: int, progress: Progress) -> None:
        form, number = open_call.form, open_call.number
        data = b""
        if not open_call.has_started:
            open_call.has_started = True
            self._add(number, Kind.HEAD, Reply(200, b"", EVENT_STREAM))
            data = form.start(len(open_call.writings))
        writing = progress.writing
        if progress.is_last:
            output = open_call.outputs[index]
            text = progress.text
            if writing.text is not None:
                text += writing.text.rest(output.text)
            data += form.last(index, text, progress.token, output)
        else:
            data += form.piece(index, progress.text, progress.token)
        if data:
            self._add(number, Kind.DATA, data)

    def _finish(self, open_call: OpenCall) -> None:
        number, outputs = open_call.number, open_call.ordered_outputs
        del self._calls[number]
        if open_call.form.streams:
            if data := open_call.form.end(outputs):
                self._add(number, Kind.DATA, data)
            self._add(number, Kind.END)
            return
        reply = self._service.encode(
            open_call.call, open_call.request, outputs, self._writer
        )
        self._reply(number, reply)

    def _reply(self, number: int, reply: Reply) -> None:
        self._add(number, Kind.REPLY, reply)

    def _add(self, number: int, kind: Kind, content: Reply | bytes = b"") -> None:
        if isinstance(content, Reply):
            content = self._service.naming_its_run(content)
        self._updates.append(Update(number, kind, content))

    def _send(self) -> None:
        if self._updates:
            self._channel.send(self._updates)
            self._updates = []
