"""The interpreter that `tests.forkserver.python` makes of this file: started for every process, it imports little.

`config.json` beside its `bin` holds `interpreter`, the real one; `server` and `owner`, what is started and for whom;
`servers`, the folder where they are found; `variables` that are set before libraries are imported; and by kind of
server the packages that are `hidden` from it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import struct
import sys
import time
import zlib
from collections.abc import Sequence

FOLDER = os.path.dirname(os.path.dirname(os.path.realpath(sys.argv[0])))
"""Of this file: a view of packages links to it."""
SITE_PACKAGES = (
    f"/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
)
READ_AT_IMPORT = (
    *(
        "HF_HOME",
        "HF_ENDPOINT",
        "HF_TOKEN",
        "HF_DATASETS_",
        "HF_HUB_",
        "TRANSFORMERS_",
        "TOKENIZERS_",
        "TQDM_",
    ),
    *(
        "OMP_",
        "GOMP_",
        "MKL_",
        "OPENBLAS_",
        "LD_LIBRARY_PATH",
        "MPL",
        "HOME",
        "TMPDIR",
    ),
)
"""Beginnings of the variables that libraries read while they are imported: each server has one set of them, and one of
packages."""
SET_AFTERWARDS = ("HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN")
"""Those of them that a server sets in the process that it forks: all jobs and their side processes share a server."""
FORWARDED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
SCRIPTS = ("train.py", "transformers4_compat.py")
"""Files of a training job's process; the second one runs a script of the user's."""
MODULES = ("training.", "tests.integration.training.")
"""Beginnings of the modules that such a process runs; those of the tests start processes like it."""
WORKER = "inference.server.worker_start"
"""The module whose first argument is the number of a socket that it inherits."""
MAX_INHERITED = 4096
START_SECONDS = 120
LOST = 70
"""The exit code of a process whose server is gone."""


def main() -> None:
    with open(f"{FOLDER}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    kind = kind_of(sys.argv[1:])
    server = connect(kind, config) if kind else None
    if server:
        run(server)
    os.execv(config["interpreter"], sys.argv)


def kind_of(arguments: list[str]) -> str | None:
    """The kind of server that forks this process of a job or of an endpoint; None for any other process."""
    options, rest = split(arguments)
    if rest[:1] == ["-m"]:
        if rest[1] == WORKER:
            return "serving"
        return "training" if rest[1].startswith(MODULES) else None
    if not rest or rest[0].startswith("-"):
        return None
    name, isolated = os.path.basename(rest[0]), "-P" in options
    if isolated and name.startswith("serve_"):
        return "serving"
    return "training" if name in SCRIPTS else None


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The interpreter's options, and the rest."""
    count = 0
    while arguments[count : count + 1] in (["-P"], ["-u"], ["-W"]):
        count += 2 if arguments[count] == "-W" else 1
    return arguments[:count], arguments[count:]


def inherited(arguments: list[str]) -> list[int]:
    """The open files, besides the standard streams, that the process is started with."""
    _, rest = split(arguments)
    return [int(rest[2])] if rest[:2] == ["-m", WORKER] else []


def connect(kind: str, config: dict[str, object]) -> socket.socket | None:
    """A connection to the server of this kind and environment, which is started if need be; None where it fails."""
    variables = dict(config["variables"])  # type: ignore[call-overload]
    variables |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith(READ_AT_IMPORT) and name not in SET_AFTERWARDS
    }
    view = os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0])))
    packages = sorted(os.listdir(view + SITE_PACKAGES))
    servers = str(config["servers"])
    path = f"{servers}/{kind}-{digest([*packages, *sorted(variables.items())])}"
    with open(f"{path}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = try_connect(path)
        if server is None:
            own_view = f"{servers}/view-{digest(packages)}"
            keep_view(view, own_view)
            start(path, config, kind, variables, own_view)
            server = wait_for(path)
    return server


def digest(values: Sequence[object]) -> str:
    return f"{zlib.crc32(json.dumps(values).encode()):08x}"


def keep_view(view: str, copy: str) -> None:
    """A view of the same packages for a server, which lives longer than the folder that a test has made."""
    import shutil  # noqa: PLC0415, what takes time is imported where it is needed

    unfinished = f"{copy}.{os.getpid()}"
    shutil.copytree(f"{view}/lib", f"{unfinished}/lib", symlinks=True)
    os.mkdir(f"{unfinished}/bin")
    shutil.copy(f"{view}/pyvenv.cfg", unfinished)
    try:
        os.rename(unfinished, copy)
    except OSError:
        # The server of another kind has it already.
        shutil.rmtree(unfinished)


def try_connect(path: str) -> socket.socket | None:
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(path)
    except OSError:
        server.close()
        return None
    return server


def wait_for(path: str) -> socket.socket | None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not os.path.exists(f"{path}.failed"):
        server = try_connect(path)
        if server:
            return server
        time.sleep(0.05)
    return None


def start(
    path: str,
    config: dict[str, object],
    kind: str,
    variables: dict[str, str],
    view: str,
) -> None:
    """A server in a session of its own, that is no descendant of this process and holds none of its files.

    What tells it from others of its kind stands beside its socket.
    """
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        json.dump(variables, file, indent=1, sort_keys=True)
    parent = os.fork()
    if parent:
        os.waitpid(parent, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    log = os.open(f"{path}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(stream, number)
    os.closerange(3, MAX_INHERITED)
    os.chdir("/")
    hidden: list[str] = config["hidden"][kind]  # type: ignore[index]
    command = [
        f"{view}/bin/python",
        "-P",
        str(config["server"]),
        path,
        str(config["owner"]),
        *hidden,
    ]
    search = {"PATH": os.environ.get("PATH", os.defpath)}
    os.execve(str(config["interpreter"]), command, search | variables)


def run(server: socket.socket) -> None:
    """Has the server fork itself, passes signals on, and ends as the forked process does."""
    files = [0, 1, 2, *inherited(sys.argv[1:])]
    request = {
        "argv": sys.argv,
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "files": files,
    }
    content = json.dumps(request).encode()
    socket.send_fds(server, [struct.pack("!I", len(content))], files)
    for number in files[3:]:
        os.close(number)
    server.sendall(content)

    def forward(number: int, _: object) -> None:
        server.send(bytes([number]))

    for forwarded in FORWARDED:
        signal.signal(forwarded, forward)
    status = server.recv(4)
    code = os.waitstatus_to_exitcode(struct.unpack("!i", status)[0]) if status else LOST
    if code < 0:
        end_by(-code)
    os._exit(code)


def end_by(number: int) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


main()
