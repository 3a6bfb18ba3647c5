"""One process of one function, seen from the engine."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from localcloud.engine.functions import bootstrap

INIT_SECONDS = 60.0
"""More than AWS gives (10), because a busy laptop imports slowly."""
_LOG_SECONDS = 2.0
"""For the mark that ends a log; only a handler that closed its stderr makes the engine wait that long."""
_KEPT_LINES = 10_000


@dataclass(frozen=True)
class Recipe:
    """Everything that makes one execution environment; workers of equal recipes can stand in for one another."""

    function: str
    handler: str
    root: Path
    path: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    timeout: float


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: `result` is JSON text, `error` is the function's own report."""

    log: str
    result: str | None = None
    error: dict[str, Any] | None = None


class Worker:
    """Starts with the first `invoke`; after a timeout or a crash it is dead for good and `alive` says so."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.last_used = time.monotonic()
        self.ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._log: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> Outcome | None:
        """Runs the function's module; returns the failure if that fails, and the worker is dead then."""
        recipe = self.recipe
        self._process = subprocess.Popen(
            # -P: the bootstrap's own directory is nothing the handler may import from.
            [sys.executable, "-P", bootstrap.__file__],
            cwd=recipe.root,
            env=dict(recipe.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._watch(self._process.stdout, self._read_answers)
        self._watch(self._process.stderr, self._read_log)
        self._send({"handler": recipe.handler, "path": list(recipe.path)})
        answer = self._answer(INIT_SECONDS)
        if answer and answer.get("ready"):
            self.ready = True
            return None
        failure = self._failure(answer, "Runtime.InitError", f"Init timed out after {INIT_SECONDS:.0f} seconds")
        self.kill()
        return failure

    def invoke(self, event: Any, request_id: str, arn: str, trace_id: str | None) -> Outcome:
        timeout = self.recipe.timeout
        self._send(
            {"event": event, "request_id": request_id, "arn": arn, "trace_id": trace_id or "", "timeout": timeout}
        )
        answer = self._answer(timeout)
        self.last_used = time.monotonic()
        if not answer or "error" in answer:
            message = f"{_stamp()} {request_id} Task timed out after {timeout:.2f} seconds"
            return self._failure(answer, "Sandbox.Timedout", message)
        return Outcome(self._log_lines(), result=answer["result"])

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                if stream is not None:
                    with contextlib.suppress(OSError, ValueError):
                        stream.close()

    def _failure(self, answer: dict[str, Any] | None, late: str, message: str) -> Outcome:
        if answer and "error" in answer:
            return Outcome(self._log_lines(), error=answer["error"])
        assert self._process is not None
        if answer is None:
            self.kill()
            return Outcome(self._log_lines(), error={"errorType": late, "errorMessage": message})
        status = self._process.wait()
        text = f"signal: {-status}" if status < 0 else f"exit status {status}"
        report = {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with error: {text}"}
        return Outcome(self._log_lines(), error=report)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end is told by the missing answer
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """None where none came in time; an empty one where the process has ended."""
        try:
            return self._answers.get(timeout=seconds) or {}
        except queue.Empty:
            return None

    def _watch(self, stream: IO[bytes] | None, read: Any) -> None:
        threading.Thread(target=read, args=(stream,), daemon=True, name=f"lambda-{self.recipe.function}").start()

    def _read_answers(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(ValueError):
            for line in stream:
                self._answers.put(json.loads(line))
        self._answers.put(None)

    def _read_log(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(ValueError):
            for raw in stream:
                line = raw.decode(errors="replace").rstrip("\r\n")
                # A handler that ends its output without a newline leaves the mark at the end of its line.
                text, mark, _ = line.partition(bootstrap.END_MARK)
                if text or not mark:
                    self._log.put(text)
                if mark:
                    self._log.put(None)
        self._log.put(None)

    def _log_lines(self) -> str:
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_SECONDS
        with contextlib.suppress(queue.Empty):
            while (line := self._log.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
                lines.append(line)
        return "\n".join(_shortened(lines))


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= _KEPT_LINES else [*lines[:100], "[…]", *lines[-_KEPT_LINES:]]


def _stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
