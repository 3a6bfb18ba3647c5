"""The server as a real process on a free port of the loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.forkserver import cloud_python

ROOT = Path(__file__).parents[3]
CONTRACT = ("HF_", "SAGEMAKER_", "MMS_", "TRAINDROP_STRICT")
READY_SECONDS = 60


class Serving:
    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log_path = log
        self.client = httpx.Client(base_url=self.url, timeout=30)

    @property
    def log(self) -> str:
        return self.log_path.read_text("utf-8")

    def ping(self) -> int | None:
        """The status; None while nothing listens."""
        try:
            return self.client.get("/ping").status_code
        except httpx.TransportError:
            return None

    def wait_until_ready(self) -> list[int | None]:
        """Every status seen on the way."""
        seen: list[int | None] = []
        deadline = time.monotonic() + READY_SECONDS
        while not seen or seen[-1] != 200:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            seen.append(self.ping())
            time.sleep(0.05)
        return seen

    def post(self, value: object) -> httpx.Response:
        return self.client.post("/invocations", json=value)

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    model: Path | None, *arguments: str, interpreter: str = "", **environment: str
) -> Iterator[Serving]:
    """`model` None leaves the choice to the environment, as in the container.

    The workers are the fork server's, unless there is another `interpreter`: for variables that libraries read while
    they are imported, it would start one more server.
    """
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(CONTRACT)
    }
    port = free_port()
    command = [
        interpreter or cloud_python(),
        "-m",
        "inference.server",
        "--port",
        str(port),
        *arguments,
    ]
    command += ["--model", str(model)] if model else []
    with started(
        command, port, ROOT, {**inherited, "OMP_NUM_THREADS": "1", **environment}
    ) as running:
        yield running


@contextmanager
def started(
    command: Sequence[str], port: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[Serving]:
    """A command that listens on the port, run in the folder; killed at the end if it still runs."""
    with tempfile.TemporaryDirectory() as logs:
        log = Path(logs) / "log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command, cwd=folder, stdout=stream, stderr=stream, env=environment
            )
        running = Serving(process, port, log)
        try:
            yield running
        finally:
            running.client.close()
            if process.poll() is None:
                process.kill()
                process.wait()
