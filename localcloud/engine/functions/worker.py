"""One process of one function, seen from the engine."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from localcloud.engine.functions import bootstrap
from localcloud.engine.functions.worker_spec import WorkerSpec

INIT_SECONDS = 60.0
"""More than AWS gives (10), because a busy laptop imports slowly."""
_LOG_SECONDS = 2.0
"""For the mark that ends a log. Only a handler that closed its stderr makes the engine wait that long."""
_MAX_LOG_LINES = 10_000
_FIRST_LOG_LINES = 100
"""Kept of a log that is longer, beside its end."""

Message = dict[str, Any]
"""What the engine and the worker's process send each other, as one line of JSON."""


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: `result` is JSON text, `error` is the function's own report."""

    log: str
    result: str | None = None
    error: dict[str, Any] | None = None


class Worker:
    """Starts with `start`. After a timeout or a crash it is dead for good and `alive` says so."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self.last_used = time.monotonic()
        self.ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._log: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> Outcome | None:
        """Runs the function's module. Returns the failure if that fails, and the worker is dead then."""
        self._process = subprocess.Popen(
            # -P: the bootstrap's own directory is nothing the handler may import from.
            [sys.executable, "-P", bootstrap.__file__],
            cwd=self.spec.root,
            env=dict(self.spec.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._start_reader(self._process.stdout, self._read_answers)
        self._start_reader(self._process.stderr, self._read_log)
        self._send({"handler": self.spec.handler, "path": list(self.spec.path)})
        answer = self._receive(INIT_SECONDS)
        if answer and answer.get("ready"):
            self.ready = True
            return None
        failure = self._failure(
            answer,
            "Runtime.InitError",
            f"Init timed out after {INIT_SECONDS:.0f} seconds",
        )
        self.kill()
        return failure

    def invoke(
        self, event: Any, request_id: str, arn: str, trace_id: str | None
    ) -> Outcome:
        timeout = self.spec.timeout
        self._send(
            {
                "event": event,
                "request_id": request_id,
                "arn": arn,
                "trace_id": trace_id or "",
                "timeout": timeout,
            }
        )
        answer = self._receive(timeout)
        self.last_used = time.monotonic()
        if not answer or "error" in answer:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            message = f"{now} {request_id} Task timed out after {timeout:.2f} seconds"
            return self._failure(answer, "Sandbox.Timedout", message)
        return Outcome(self._take_log(), result=answer["result"])

    def kill(self) -> None:
        process = self._process
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()

    def _failure(
        self, answer: Message | None, timeout_error: str, timeout_message: str
    ) -> Outcome:
        """Of an answer that reports an error, is missing (None: a timeout), or is empty (the process has ended)."""
        if answer and "error" in answer:
            return Outcome(self._take_log(), error=answer["error"])
        assert self._process is not None
        if answer is None:
            self.kill()
            error = {"errorType": timeout_error, "errorMessage": timeout_message}
            return Outcome(self._take_log(), error=error)
        status = self._process.wait()
        ending = f"signal: {-status}" if status < 0 else f"exit status {status}"
        error = {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"Runtime exited with error: {ending}",
        }
        return Outcome(self._take_log(), error=error)

    # ---- pipes ---------------------------------------------------------------------------------------------------

    def _send(self, message: Message) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(
            BrokenPipeError
        ):  # a process that has ended shows by its missing answer
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _receive(self, seconds: float) -> Message | None:
        """None where no answer came in time; an empty one where the process has ended."""
        try:
            return self._answers.get(timeout=seconds) or {}
        except queue.Empty:
            return None

    def _start_reader(
        self, stream: IO[bytes] | None, read: Callable[[IO[bytes]], None]
    ) -> None:
        name = f"lambda-{self.spec.function}"
        threading.Thread(target=read, args=(stream,), daemon=True, name=name).start()

    def _read_answers(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(ValueError):
            for line in stream:
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def _read_log(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(ValueError):
            for raw_line in stream:
                line = raw_line.decode(errors="replace").rstrip("\r\n")
                # A handler that ends its output without a newline leaves the mark at the end of its line.
                text, mark, _ = line.partition(bootstrap.END_MARK)
                if text or not mark:
                    self._log.put(text)
                if mark:
                    self._log.put(None)
        self._log.put(None)

    def _take_log(self) -> str:
        """The lines up to the next mark."""
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_SECONDS
        with contextlib.suppress(queue.Empty):
            while (
                line := self._log.get(timeout=max(0.0, deadline - time.monotonic()))
            ) is not None:
                lines.append(line)
        return "\n".join(_shortened(lines))


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MAX_LOG_LINES:
        return lines
    return [*lines[:_FIRST_LOG_LINES], "[…]", *lines[-_MAX_LOG_LINES:]]
