"""The answer of InvokeEndpointWithResponseStream: what the model server sends, part by part, as it arrives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from localcloud.sagemaker.event_stream import EVENT_STREAM, exception, payload_part
from localcloud.sagemaker.hosting.model_client import (
    ConnectionLostError,
    ModelClient,
    OpenResponse,
)

STREAM_FACTOR = 8
"""A stream may take eight times as long as an answer that is sent at once. The limit of AWS is not verified."""
_BROKEN = (
    "The connection between the client and the model container was reset or closed."
)
_TOO_LATE = "The model container did not finish sending its response in time."


@dataclass(frozen=True)
class OpenAnswer:
    """A model server's response, of which `stack` holds the connection and the place among those in flight."""

    response: OpenResponse
    stack: AsyncExitStack
    deadline: float
    """When the body must have arrived, in seconds of `time.monotonic`."""

    @property
    def status(self) -> int:
        return self.response.status

    async def text(self) -> str:
        """The whole body; the connection is free afterwards."""
        async with self.stack:
            chunks = [chunk async for chunk in self.response.chunks]
        return b"".join(chunks).decode("utf-8", "replace")


async def open_answer(
    place: AbstractAsyncContextManager[ModelClient],
    timeout: float,
    headers: Mapping[str, str],
    body: bytes,
) -> OpenAnswer:
    """The answer once its head has come, which may take `timeout` seconds. `place` is one in a fleet."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(place)
        end = time.monotonic() + timeout
        opened = client.stream("POST", "/invocations", timeout, headers, body)
        response = await stack.enter_async_context(opened)
        return OpenAnswer(response, stack.pop_all(), end)


class PartsResponse(StreamingResponse):
    """The parts of an answer, in Amazon's event stream."""

    def __init__(self, answer: OpenAnswer, headers: Mapping[str, str]) -> None:
        super().__init__(_parts(answer), 200, headers, EVENT_STREAM)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._answer.stack:
            await super().__call__(scope, receive, send)


async def _parts(answer: OpenAnswer) -> AsyncIterator[bytes]:
    chunks = answer.response.chunks
    try:
        while True:
            async with asyncio.timeout(answer.deadline - time.monotonic()):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield payload_part(chunk)
    except TimeoutError:
        yield _model_stream_error(_TOO_LATE, "ModelInvocationTimeExceeded")
    except ConnectionLostError:
        yield _model_stream_error(_BROKEN, "StreamBroken")


def _model_stream_error(text: str, code: str) -> bytes:
    return exception("ModelStreamError", {"Message": text, "ErrorCode": code})
