"""Processes of jobs and endpoints: what they inherit, how they end, and how leftovers are found."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from localcloud.sagemaker.settings import Settings

MARKER = "LOCALCLOUD_SAGEMAKER_STATE"
"""In the environment of every process started here, and so of all its descendants: the state folder it belongs to."""

_INHERITED = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "OMP_NUM_THREADS"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"),
}
_INHERITED_PREFIXES = ("AWS_", "LC_", "HF_")


def base_environment(settings: Settings, host: Mapping[str, str]) -> dict[str, str]:
    """What a process gets of the host, and the way to the local AWS."""
    kept = {k: v for k, v in host.items() if k in _INHERITED or k.startswith(_INHERITED_PREFIXES)}
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL_SAGEMAKER": settings.url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": settings.url,
        "PYTHONUNBUFFERED": "1",
        **kept,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        MARKER: str(settings.state),
    }


def exit_code(returncode: int) -> int:
    """As a shell and Docker report it: a signal counts from 128."""
    return returncode if returncode >= 0 else 128 - returncode


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group a process leads; no error where it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_group(process: subprocess.Popen[bytes], grace: float) -> None:
    """SIGTERM to the group, then SIGKILL to whatever of it is left after `grace`; waits for the leader."""
    signal_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    signal_group(process.pid, signal.SIGKILL)


def leftovers(state: Path) -> list[psutil.Process]:
    """Processes that some life of the local SageMaker of this state folder started, found by their environment.

    Unlike a list of process ids this has no moment between start and record, knows grandchildren, and can't hit a
    stranger that was given the same id.
    """
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _marker(p) == str(state)]


def end_leftovers(state: Path, grace: float = 3.0) -> int:
    """End them all, SIGTERM first; how many there were."""
    found = leftovers(state)
    _send(found, signal.SIGTERM)
    _, alive = psutil.wait_procs(found, timeout=grace)
    deadline = time.monotonic() + grace
    while alive and time.monotonic() < deadline:
        _send(alive, signal.SIGKILL)
        _, alive = psutil.wait_procs(leftovers(state), timeout=0.5)
    return len(found)


def _send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _marker(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARKER)
    except (psutil.Error, OSError):
        return None
