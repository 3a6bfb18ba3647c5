"""One CloudWatch Logs stream, written in batches by a thread of its own and kept in a file as well."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from localcloud.sagemaker.services import Services

_MAX_LINE = 200_000
_MAX_EVENTS = 1_000
_MAX_BYTES = 900_000
_EVENT_OVERHEAD = 26
_FINAL_TRIES = 3
_MAX_PENDING = 50_000
"""Lines kept for a logs service that is away; older ones are in the file only."""


class LogStream:
    """Lines in, CloudWatch Logs events out; a logs service that is away costs lines there, never in the file."""

    def __init__(
        self,
        services: Services,
        group: str,
        stream: str,
        *,
        file: Path,
        interval: float,
        after_batch: Callable[[], None] | None = None,
    ) -> None:
        self.group, self.stream = group, stream
        self._services, self._interval = services, interval
        self._after_batch = after_batch or (lambda: None)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._pending: list[InputLogEventTypeDef] = []
        self._created = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"logs {stream}", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        text = line.rstrip("\r\n")[:_MAX_LINE]
        with self._lock:
            if self._file.closed:
                return
            self._file.write(text + "\n")
            if text:
                self._pending.append({"timestamp": int(time.time() * 1000), "message": text})

    def close(self) -> None:
        """Write everything that is pending and wait for it."""
        self._closed.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closed.wait(self._interval):
            self._flush()
        for _ in range(_FINAL_TRIES):
            if self._flush():
                break
        with self._lock:
            self._file.close()

    def _flush(self) -> bool:
        with self._lock:
            self._file.flush()
            events, self._pending = self._pending, []
        sent = self._send(events)
        self._after_batch()
        return sent

    def _send(self, events: list[InputLogEventTypeDef]) -> bool:
        remaining = events
        try:
            if remaining and not self._created:
                self._create()
            while remaining:
                size = batch_size(remaining)
                self._services.logs.put_log_events(
                    logGroupName=self.group, logStreamName=self.stream, logEvents=remaining[:size]
                )
                remaining = remaining[size:]
        except (BotoCoreError, ClientError):
            with self._lock:
                self._pending[:0] = remaining[-_MAX_PENDING:]
            return False
        return True

    def _create(self) -> None:
        logs = self._services.logs
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=self.group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        self._created = True


def batch_size(events: list[InputLogEventTypeDef]) -> int:
    """How many of the first events fit one PutLogEvents call; at least one."""
    total = 0
    for number, event in enumerate(events[:_MAX_EVENTS]):
        total += len(event["message"].encode()) + _EVENT_OVERHEAD
        if total > _MAX_BYTES:
            return max(number, 1)
    return min(len(events), _MAX_EVENTS)
