"""How the program of a training job or a model server is started: the one place that knows it is a process.

`Launcher` is the interface. Another launcher may run programs elsewhere: in a process that has imported torch
already, or in an environment of each image's own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contracts.environment import LOCAL_STATE

_INHERITED = {
    *(
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "LANG",
        "TZ",
        "TMPDIR",
        "VIRTUAL_ENV",
        "LD_LIBRARY_PATH",
        "OMP_NUM_THREADS",
    ),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"),
}
_INHERITED_PREFIXES = ("AWS_", "LC_")
_HUB_PREFIX = "HF_"


@dataclass(frozen=True)
class Program:
    """What a container would run: a command, all of its environment, and its working directory."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


class RunningProgram(Protocol):
    """The part of `subprocess.Popen` that jobs and model servers need."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """The return code as `Popen` gives it, negative for a signal; None while the program runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""


class Launcher(Protocol):
    """Starts programs."""

    def __call__(self, program: Program, stdout: int, stderr: int) -> RunningProgram:
        """Starts `program` as the leader of a process group of its own, with these file descriptors for its output.

        The caller closes its descriptors afterwards. Raises `OSError` where the command cannot be run.
        """


def start_program(
    program: Program, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    """The `Launcher` that starts a process of this machine."""
    return subprocess.Popen(
        program.command,
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def platform_environment(
    host: Mapping[str, str],
    *,
    url: str,
    region: str,
    state: Path,
    pass_hf_env: bool = False,
) -> dict[str, str]:
    """What a program gets of the host's variables, and the way to the local AWS.

    `url` is the local SageMaker's address. `state` is its folder, below that of the cloud: by it leftovers are found.
    `HF_*` of the host, a token among them, is for the code of any drop only if the user says so.
    """
    prefixes = _INHERITED_PREFIXES + ((_HUB_PREFIX,) if pass_hf_env else ())
    inherited = {}
    for name, value in host.items():
        if name in _INHERITED or name.startswith(prefixes):
            inherited[name] = value
    return {
        "AWS_ENDPOINT_URL_SAGEMAKER": url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": url,
        "PYTHONUNBUFFERED": "1",
        **inherited,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        LOCAL_STATE: str(state),
    }


def python_path(*entries: str) -> str:
    """`PYTHONPATH` of these entries, empty ones left out."""
    return os.pathsep.join(entry for entry in entries if entry)


def exit_code(return_code: int) -> int:
    """As a shell and Docker report it: a signal counts from 128."""
    return return_code if return_code >= 0 else 128 - return_code


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signals the process group that a process leads, if it still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_group(program: RunningProgram, grace: float) -> None:
    """SIGTERM to the group, then SIGKILL to whatever of it is left after `grace` seconds. Waits for the leader."""
    signal_group(program.pid, signal.SIGTERM)
    _kill_after(program, grace)


def end_container(program: RunningProgram, grace: float) -> None:
    """As `end_group`, but only the first process gets SIGTERM, as that of a container does."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(program.pid, signal.SIGTERM)
    _kill_after(program, grace)


def _kill_after(program: RunningProgram, grace: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(grace)
    signal_group(program.pid, signal.SIGKILL)
