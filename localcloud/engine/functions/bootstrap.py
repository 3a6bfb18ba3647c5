"""What runs inside a function's process: imports the handler once, then answers one event after another.

Requests come as JSON lines on stdin and answers leave as JSON lines on what was stdout. Whatever the handler prints
goes to stderr, where a mark ends the lines of one invocation. Only the standard library is imported here, so that the
handler finds its own versions of everything. The engine's death closes stdin and ends the process at once, in whatever
the handler is busy with.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from decimal import Decimal
from types import SimpleNamespace
from typing import IO, Any

END_MARK = "\x1eend of invocation"
MAX_RESPONSE_BYTES = 6_291_556
"""The quota AWS names in its error."""

Report = dict[str, Any]
"""An error as Lambda reports it: `errorMessage`, `errorType`, `stackTrace`."""

_current = {"request_id": ""}


class FunctionError(Exception):
    """An error of the runtime's own, not the handler's."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Context:
    """The second argument of a handler."""

    identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
    client_context = None

    def __init__(self, request: dict[str, Any]) -> None:
        environment = os.environ.get
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["arn"]
        self.function_name = environment("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment("AWS_LAMBDA_LOG_STREAM_NAME")
        self._deadline = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


# ---- the engine's pipes --------------------------------------------------------------------------------------------


def take_streams() -> tuple[queue.SimpleQueue[bytes], IO[bytes]]:
    """Keeps the engine's two pipes for this module: the handler and its children can neither read nor disturb them."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in requests:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True, name="engine").start()
    return lines, answers


def send(stream: IO[bytes], message: dict[str, Any]) -> None:
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def end_log() -> None:
    """After this mark on stderr no line of the invocation follows, so the engine need not wait for any."""
    sys.stderr.flush()
    os.write(2, f"{END_MARK}\n".encode())


# ---- errors and logging --------------------------------------------------------------------------------------------


def describe(error: BaseException) -> Report:
    """An exception as Lambda reports it. Frames of this module and of the import system are left out."""
    frames = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename != __file__ and not frame.filename.startswith(
            "<frozen importlib"
        ):
            frames.append(frame)
    name = (
        error.error_type if isinstance(error, FunctionError) else type(error).__name__
    )
    return {
        "errorMessage": str(error),
        "errorType": name,
        "stackTrace": traceback.format_list(frames),
    }


def log_error(report: Report) -> None:
    trace = "".join(report["stackTrace"])
    print(
        f"[ERROR] {report['errorType']}: {report['errorMessage']}\nTraceback (most recent call last):\n{trace}"
    )


def set_up_logging() -> None:
    """The root logger writes one line a record, as in AWS's own runtime. The handler's configuration comes after."""

    class WithRequest(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            record.utc = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            record.request_id = _current["request_id"]
            return super().format(record)

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        WithRequest(
            "[%(levelname)s]\t%(utc)s.%(msecs)03dZ\t%(request_id)s\t%(message)s"
        )
    )
    logging.getLogger().addHandler(handler)


# ---- the handler ---------------------------------------------------------------------------------------------------


def load(handler: str) -> Any:
    """The handler function named `package/module.function`. Raises `FunctionError`, or what the module raises."""
    module_name, _, function = handler.rpartition(".")
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise FunctionError("Runtime.ImportModuleError", message).with_traceback(
            error.__traceback__
        ) from error
    if not hasattr(module, function):
        raise FunctionError(
            "Runtime.HandlerNotFound",
            f"Handler '{function}' missing on module '{module_name}'",
        )
    return getattr(module, function)


def encode(result: Any) -> str:
    """A handler's result as JSON. Raises `FunctionError`."""
    try:
        text = json.dumps(result, default=_decimal_as_float)
    except (TypeError, ValueError) as error:
        raise FunctionError(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from error
    if len(text) > MAX_RESPONSE_BYTES:
        raise FunctionError(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
        )
    return text


def _decimal_as_float(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def invoke(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """One invocation: `{"result": JSON text}` or `{"error": report}`."""
    _current["request_id"] = request["request_id"]
    if request["trace_id"]:
        os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        return {"result": encode(handler(request["event"], Context(request)))}
    except SystemExit as error:
        report = describe(
            FunctionError(
                "Runtime.ExitError",
                f"Runtime exited with exit status {error.code or 0}",
            )
        )
    except BaseException as error:
        report = describe(error)
    log_error(report)
    return {"error": report | {"requestId": request["request_id"]}}


def main() -> None:
    lines, answers = take_streams()
    init = json.loads(lines.get())
    sys.path[:0] = init["path"]
    set_up_logging()
    try:
        handler = load(init["handler"])
    except BaseException as error:
        report = describe(error)
        log_error(report)
        send(answers, {"error": report})
        end_log()
        return
    send(answers, {"ready": True})
    while True:
        request = json.loads(lines.get())
        send(answers, invoke(handler, request))
        end_log()


if __name__ == "__main__":
    main()
