"""One CloudWatch Logs stream, written in batches by a thread of its own and kept in a file as well."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

_MAX_LINE_CHARACTERS = 200_000
_MAX_BATCH_EVENTS = 1_000
_MAX_BATCH_BYTES = 900_000
_EVENT_OVERHEAD_BYTES = 26
_FINAL_TRIES = 3
_LAST_LINES = 20
_MAX_PENDING_LINES = 50_000
"""Lines that are kept for a logs service that is away. Older ones are in the file only."""


class LogStream:
    """Lines in, CloudWatch Logs events out. A logs service that is away loses lines there, never in the file."""

    def __init__(
        self,
        client: CloudWatchLogsClient,
        group: str,
        stream: str,
        *,
        file: Path,
        interval_seconds: float,
        after_batch: Callable[[], None] | None = None,
    ) -> None:
        self.group, self.stream = group, stream
        self._client, self._interval_seconds = client, interval_seconds
        self._after_batch = after_batch
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._pending: list[InputLogEventTypeDef] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._stream_exists = False
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._send_batches, name=f"logs {stream}", daemon=True
        )
        self._thread.start()

    def write(self, line: str) -> None:
        text = line.rstrip("\r\n")[:_MAX_LINE_CHARACTERS]
        with self._lock:
            if self._file.closed:
                return
            self._file.write(text + "\n")
            if text.strip():
                self._last.append(text)
            if text:
                self._pending.append(
                    {"timestamp": int(time.time() * 1000), "message": text}
                )

    @property
    def last_lines(self) -> list[str]:
        """The last lines that were written, blank ones left out."""
        with self._lock:
            return list(self._last)

    def close(self) -> None:
        """Sends everything that is pending and waits for it."""
        self._closed.set()
        self._thread.join()

    def _send_batches(self) -> None:
        while not self._closed.wait(self._interval_seconds):
            self._send_pending()
        for _ in range(_FINAL_TRIES):
            if self._send_pending():
                break
        with self._lock:
            self._file.close()

    def _send_pending(self) -> bool:
        with self._lock:
            self._file.flush()
            events, self._pending = self._pending, []
        sent = self._send(events)
        if self._after_batch:
            self._after_batch()
        return sent

    def _send(self, events: list[InputLogEventTypeDef]) -> bool:
        remaining = events
        try:
            if remaining and not self._stream_exists:
                self._create_stream()
            while remaining:
                size = batch_size(remaining)
                self._client.put_log_events(
                    logGroupName=self.group,
                    logStreamName=self.stream,
                    logEvents=remaining[:size],
                )
                remaining = remaining[size:]
        except (BotoCoreError, ClientError):
            with self._lock:
                self._pending[:0] = remaining[-_MAX_PENDING_LINES:]
            return False
        return True

    def _create_stream(self) -> None:
        exists_already = self._client.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists_already):
            self._client.create_log_group(logGroupName=self.group)
        with contextlib.suppress(exists_already):
            self._client.create_log_stream(
                logGroupName=self.group, logStreamName=self.stream
            )
        self._stream_exists = True


def batch_size(events: Sequence[InputLogEventTypeDef]) -> int:
    """How many of the first events fit one PutLogEvents call; at least one."""
    total_bytes = 0
    for index, event in enumerate(events[:_MAX_BATCH_EVENTS]):
        total_bytes += len(event["message"].encode()) + _EVENT_OVERHEAD_BYTES
        if total_bytes > _MAX_BATCH_BYTES:
            return max(index, 1)
    return min(len(events), _MAX_BATCH_EVENTS)
