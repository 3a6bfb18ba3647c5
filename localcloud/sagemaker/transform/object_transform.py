"""One object of a transform job: split, sent to the model server a few requests at once, assembled in order."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from localcloud.sagemaker.common.threads import in_thread
from localcloud.sagemaker.hosting.fleet import Fleet, NoCapacityError
from localcloud.sagemaker.hosting.model_client import ModelResponse
from localcloud.sagemaker.transform import payloads
from localcloud.sagemaker.transform.job_request import Batching, TransformRequest
from localcloud.sagemaker.transform.payloads import PayloadError

_PARAMETERS_TIMEOUT_SECONDS = 10.0
_RETRY_DELAY_SECONDS = 0.2
_SERVER_WAIT_SECONDS = 60.0
"""For a model server that ended and is started again."""


class ObjectError(Exception):
    """An object could not be transformed. The text is for the job's data log.

    `reason` is the kind that begins the job's `FailureReason`.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


async def execution_parameters(fleet: Fleet) -> dict[str, Any]:
    """What the container answers to `GET /execution-parameters`; nothing where it has no such path.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html.
    """
    deadline = time.monotonic() + _PARAMETERS_TIMEOUT_SECONDS
    with suppress(OSError, TimeoutError, NoCapacityError, ValueError):
        async with fleet.use(fleet.choose(None), deadline) as client:
            response = await client.request(
                "GET", "/execution-parameters", _PARAMETERS_TIMEOUT_SECONDS
            )
        parameters = json.loads(response.body) if response.status == 200 else {}
        if isinstance(parameters, dict):
            return parameters
    return {}


class ObjectTransform:
    """Transforms the objects of one job, one after another."""

    def __init__(
        self, request: TransformRequest, batching: Batching, fleet: Fleet
    ) -> None:
        self._request, self._batching, self._fleet = request, batching, fleet
        self._variant = fleet.choose(None)
        count = len(self._variant.replicas)
        self._requests_at_once = batching.concurrent_transforms * count
        headers = {"content-type": request.content_type, "accept": request.accept}
        self._headers = {name: value for name, value in headers.items() if value}

    async def run(self, source: Path, target: Path) -> None:
        """Writes the whole output to `target`. Raises `ObjectError`."""
        pending: deque[asyncio.Task[bytes]] = deque()
        try:
            with _open(source, self._request) as file, target.open("wb") as output:
                batches = payloads.payloads(self._records(file), self._batching)
                while (batch := await in_thread(next, batches, None)) or pending:
                    if batch:
                        pending.append(asyncio.create_task(self._output(batch)))
                    if not batch or len(pending) == self._requests_at_once:
                        output.write(await pending.popleft())
        except PayloadError as error:
            raise ObjectError("ClientError", str(error)) from error
        except (OSError, EOFError) as error:
            raise ObjectError("ClientError", f"Unreadable data: {error}") from error
        finally:
            for task in pending:
                task.cancel()

    def _records(self, file: BinaryIO) -> Iterator[bytes]:
        if self._request.splits_lines:
            yield from (line for line in file if line.strip())
        else:
            yield file.read()

    async def _output(self, records: Sequence[bytes]) -> bytes:
        response = await self._response(b"".join(records))
        if self._request.joins_input:
            is_csv = (self._request.content_type or "").startswith("text/csv")
            return payloads.joined(records, response, is_csv=is_csv)
        if self._request.assembles_lines:
            return payloads.assembled(response)
        return response

    async def _response(self, body: bytes) -> bytes:
        """The model's answer. A server that fails is tried again, a refusal (4xx) is not."""
        for attempt in range(self._request.max_retries + 1):
            if attempt:
                await asyncio.sleep(_RETRY_DELAY_SECONDS)
            try:
                response = await self._send(body)
            except (OSError, TimeoutError, NoCapacityError):
                # Also a server that ended while it had the request.
                text = "Unable to get response from algorithm"
                continue
            if response.status < 400:
                return response.body
            text = _status_text(response)
            if response.status < 500:
                raise ObjectError("ClientError", text)
        raise ObjectError("AlgorithmError", text)

    async def _send(self, body: bytes) -> ModelResponse:
        deadline = time.monotonic() + _SERVER_WAIT_SECONDS
        timeout = self._request.timeout_seconds
        async with self._fleet.use(self._variant, deadline) as client:
            return await client.request(
                "POST", "/invocations", timeout, self._headers, body
            )


def _status_text(response: ModelResponse) -> str:
    """As SageMaker's data log has it."""
    return (
        f"Bad HTTP status received from algorithm: {response.status}\n\n"
        f"Message:\n{response.text}"
    )


def _open(source: Path, request: TransformRequest) -> BinaryIO:
    if request.is_compressed:
        return cast(BinaryIO, gzip.open(source, "rb"))
    return source.open("rb")
