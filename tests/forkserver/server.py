"""`python -P server.py SOCKET OWNER [HIDDEN …]`: imports what training imports, then forks itself for every request.

A request is a length, file descriptors and JSON, `{"argv", "cwd", "environment", "files"}`, where `files` has the
number that each descriptor gets in the child; then bytes that are signals for it; the answer is the child's wait
status. A caller that is gone takes its child with it. The server ends
when the process OWNER does, or its socket is removed.
"""

from __future__ import annotations

import _imp
import atexit
import fcntl
import gc
import hashlib
import importlib
import io
import json
import marshal
import multiprocessing
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, cast

IMPORTED = (
    "torch",
    "transformers",
    "transformers.modeling_utils",
    "transformers.models.auto.modeling_auto",
    "transformers.models.bert.modeling_bert",
)
IMPORTED_TO_TRAIN = (
    "transformers.trainer",
    "transformers.trainer_seq2seq",
    "transformers.generation.utils",
    "transformers.models.llama.modeling_llama",
    "transformers.models.t5.modeling_t5",
    "accelerate",
    "datasets",
    "peft",
    "onnx",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "matplotlib.figure",
    "matplotlib.font_manager",
    "matplotlib.backends.backend_svg",
)
LOOK_SECONDS = 1.0
MAX_FILES = 8
FREE_NUMBERS = 500
"""Descriptors from here on are used by none that forks or is forked."""


@dataclass(frozen=True)
class Request:
    argv: list[str]
    cwd: str
    environment: dict[str, str]
    files: list[int]
    """The numbers that the sent descriptors had, and get again; the standard streams first."""
    sent: list[int]


def preload(hidden: Sequence[str]) -> None:
    """Imports what takes seconds, while the hidden packages seem not to be installed."""
    for name in hidden:
        sys.modules[name] = cast(Any, None)
    for name in IMPORTED if hidden else (*IMPORTED, *IMPORTED_TO_TRAIN):
        importlib.import_module(name)
    # It compiles a thousand regular expressions, once in a process.
    conversions = importlib.import_module("transformers.conversion_mapping")
    conversions.get_checkpoint_conversion_mapping("bert")
    if not hidden:
        _draw()
    for name in hidden:
        del sys.modules[name]
    gc.collect()
    gc.freeze()


def _draw() -> None:
    """A figure: the first one of a process takes a second more than the others."""
    figure = importlib.import_module("matplotlib.figure").Figure()
    figure.subplots().bar(["a", "b"], [1, 2])
    figure.savefig(io.StringIO(), format="svg")


class Server:
    def __init__(self, path: Path, owner: int) -> None:
        self._path, self._owner = path, owner
        self._children: dict[int, socket.socket] = {}
        self._callers: dict[socket.socket, int] = {}
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._wakeup = socket.socketpair()

    def serve(self) -> Request:
        """Returns in the children only; the server itself exits."""
        for end in self._wakeup:
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup[1].fileno())
        self._listener.bind(f"{self._path}.new")
        self._listener.listen(64)
        Path(f"{self._path}.new").rename(self._path)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wakeup[0], selectors.EVENT_READ)
        while self._path.exists() and Path(f"/proc/{self._owner}").exists():
            for key, _ in self._selector.select(LOOK_SECONDS):
                request = self._handle(cast(socket.socket, key.fileobj))
                if request:
                    return request
        raise SystemExit

    def _handle(self, ready: socket.socket) -> Request | None:
        """The request, in the child that is forked for it."""
        if ready is self._wakeup[0]:
            ready.recv(1024)
            self._reap()
        elif ready is self._listener:
            return self._accept()
        else:
            self._pass_on(ready)
        return None

    def _accept(self) -> Request | None:
        caller, _ = self._listener.accept()
        header, sent, _, _ = socket.recv_fds(caller, 4, MAX_FILES)
        (length,) = struct.unpack("!I", header)
        content = caller.recv(length, socket.MSG_WAITALL)
        child = os.fork()
        if child == 0:
            self._leave(caller)
            return Request(**json.loads(content), sent=list(sent))
        for descriptor in sent:
            os.close(descriptor)
        self._children[child], self._callers[caller] = caller, child
        self._selector.register(caller, selectors.EVENT_READ)
        return None

    def _leave(self, caller: socket.socket) -> None:
        """Gives up, in a child, what is the server's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for owned in (caller, self._listener, *self._wakeup, *self._callers):
            owned.close()

    def _pass_on(self, caller: socket.socket) -> None:
        numbers = _received(caller)
        for number in numbers or [signal.SIGKILL]:
            os.kill(self._callers[caller], number)
        if not numbers:
            self._selector.unregister(caller)

    def _reap(self) -> None:
        for child in list(self._children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._answer(self._children.pop(child), status)

    def _answer(self, caller: socket.socket, status: int) -> None:
        del self._callers[caller]
        if caller in self._selector.get_map():
            self._selector.unregister(caller)
        with suppress(OSError):
            caller.sendall(struct.pack("!i", status))
        caller.close()


def _received(caller: socket.socket) -> bytes:
    """Signal numbers; none where the caller is gone."""
    try:
        return caller.recv(64)
    except OSError:
        return b""


def share_compiled(folder: Path) -> None:
    """A module is compiled once for all forked processes, wherever its file is: each job has a copy of our packages."""
    folder.mkdir(exist_ok=True)
    compiled_here = SourceFileLoader.source_to_code

    def source_to_code(
        self: SourceFileLoader, data: bytes, path: str, **options: Any
    ) -> CodeType:
        kept = folder / hashlib.sha256(data).hexdigest()
        if kept.exists():
            code: CodeType = marshal.loads(kept.read_bytes())
            _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
            return code
        code = compiled_here(self, data, path, **options)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            unfinished.write_bytes(marshal.dumps(code))
            unfinished.rename(kept)
        return code

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign, assignment]


def become(request: Request) -> None:
    """Runs the script or module of the request as the main module of this process."""
    os.setsid()
    # The workers of the tests leave nothing to a process of low priority, for which a job then waits.
    os.nice = lambda increment: 0
    _renumber(request.sent, request.files)
    os.chdir(request.cwd)
    os.environ.clear()
    os.environ.update(request.environment)
    _read_hub_variables()
    _open_streams("PYTHONUNBUFFERED" in request.environment)
    sys.executable = request.argv[0]
    # It has kept that of the server, which is no program.
    multiprocessing.set_executable(sys.executable)
    sys.dont_write_bytecode = bool(request.environment.get("PYTHONDONTWRITEBYTECODE"))
    options, rest = _split(request.argv[1:])
    if "ignore" in options:
        warnings.simplefilter("ignore")
    script = rest[1] if rest[0] == "-m" else rest[0]
    sys.argv = rest[1:] if rest[0] == "-m" else rest
    first = (
        []
        if "-P" in options
        else [request.cwd if rest[0] == "-m" else str(Path(script).resolve().parent)]
    )
    value = [
        entry
        for entry in request.environment.get("PYTHONPATH", "").split(os.pathsep)
        if entry
    ]
    sys.path[:0] = [*first, *value]
    _end(lambda: _run(rest[0] == "-m", script))


def _read_hub_variables() -> None:
    """What libraries made of `HF_*` when the server imported them, made of this process's."""
    constants = cast(Any, importlib.import_module("huggingface_hub.constants"))
    importlib.reload(constants)
    hub = sys.modules.get("huggingface_hub.hf_api")
    if hub:
        vars(hub)["api"].endpoint = constants.ENDPOINT
    config = sys.modules.get("datasets.config")
    if config is None:
        return
    endpoint = constants.ENDPOINT
    path = vars(config)["HUB_DATASETS_URL"].removeprefix(vars(config)["HF_ENDPOINT"])
    vars(config).update(HF_ENDPOINT=endpoint, HUB_DATASETS_URL=endpoint + path)
    if "HF_DATASETS_OFFLINE" not in os.environ:
        offline = constants.HF_HUB_OFFLINE
        vars(config).update(HF_HUB_OFFLINE=offline, HF_DATASETS_OFFLINE=offline)


def _renumber(sent: Sequence[int], wanted: Sequence[int]) -> None:
    """Gives open files the numbers that are wanted, which may be those of others in `sent`."""
    apart = []
    for descriptor in sent:
        apart.append(fcntl.fcntl(descriptor, fcntl.F_DUPFD, FREE_NUMBERS))
        os.close(descriptor)
    for descriptor, number in zip(apart, wanted, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)


def _run(as_module: bool, script: str) -> None:
    main_module = ModuleType("__main__")
    sys.modules["__main__"] = main_module
    if as_module:
        runpy._run_module_as_main(script)  # type: ignore[attr-defined]
    else:
        main_module.__file__ = script
        exec(compile(Path(script).read_bytes(), script, "exec"), main_module.__dict__)


def _end(run: Callable[[], None]) -> None:
    """Ends the process as Python does after `run`, but for taking the imported modules apart, which takes seconds."""
    code: Any = 0
    try:
        run()
    except SystemExit as end:
        code = end.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The interpreter's options, and from the script or `-m` on."""
    count = 0
    while arguments[count] in ("-P", "-u", "-W"):
        count += 2 if arguments[count] == "-W" else 1
    return arguments[:count], arguments[count:]


def _open_streams(unbuffered: bool) -> None:
    """As Python opens them itself."""
    sys.stdin = io.TextIOWrapper(
        io.BufferedReader(io.FileIO(0, "rb", closefd=False)), "utf-8"
    )
    sys.stdout = _writer(1, unbuffered, "strict")
    sys.stderr = _writer(2, unbuffered, "backslashreplace", line_buffering=True)


def _writer(
    stream: int, unbuffered: bool, errors: str, line_buffering: bool = False
) -> io.TextIOWrapper:
    raw: Any = io.FileIO(stream, "wb", closefd=False)
    binary = raw if unbuffered else io.BufferedWriter(raw)
    return io.TextIOWrapper(
        binary, "utf-8", errors, write_through=unbuffered, line_buffering=line_buffering
    )


def main(path: Path, owner: int, hidden: Sequence[str]) -> None:
    try:
        preload(hidden)
    except BaseException:
        Path(f"{path}.failed").touch()
        raise
    share_compiled(path.parent / "compiled")
    become(Server(path, owner).serve())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
