"""A Python for the tests that starts the processes of training jobs and endpoints in milliseconds instead of seconds.

`python()` is an interpreter that is called as any other. Most of what it is called with it runs as usual. For a
process of a training job, and for the one that holds an endpoint's model, it asks a server that has imported torch and
transformers already, and nothing of this repository, to fork itself; the child runs the script with the caller's
arguments, environment, working directory and open files. The caller sees a process that takes signals, and ends with
the script's exit code or signal.
`FORK_SERVER=off`, as in `make test-all`, starts every process as usual. Either way it sees the packages of the training
image and of `training/requirements.txt`, and no others.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path

from inference.archive import UNUSED_PACKAGES
from localcloud.sagemaker.common.manifests import read_manifest
from localcloud.sagemaker.common.package_views import (
    build_view,
    installed_distributions,
    requirement_lines,
    visible_distributions,
)
from training.common.thread_settings import SETTINGS

_HERE = Path(__file__).parent
_MADE = "made"
"""The file that an environment has once it is whole."""


@cache
def python() -> str:
    """The path of an interpreter that sees what a training job does."""
    return _environment("training", training_packages())


@cache
def cloud_python() -> str:
    """As `python()`, but it sees all packages, as the local cloud must: its jobs see those of their image."""
    return _environment("cloud", frozenset(installed_distributions()))


def remove_environments() -> None:
    """Removes those of this run of the tests, which ends their servers. Its first process calls it, last."""
    for path in _parent_folder().glob(f"{_prefix()}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _environment(name: str, packages: frozenset[str]) -> str:
    """Made once for all processes of a run. All environments of the same packages share servers."""
    folder = _parent_folder() / f"{_prefix()}{name}"
    with Path(f"{folder}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _MADE).exists():
            interpreter = build_view(folder, packages)
            if os.environ.get("FORK_SERVER") != "off":
                _put_client(folder, interpreter)
            (folder / _MADE).touch()
    return str(folder / "bin" / "python")


def _parent_folder() -> Path:
    return Path(tempfile.gettempdir())


def _owner() -> int:
    """The first process of this run of the tests: pytest-xdist's own, where this is one of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _prefix() -> str:
    """Of the names of this run's folders. A number of a process alone may come again."""
    owner = _owner()
    after_name = Path(f"/proc/{owner}/stat").read_text("utf-8").rpartition(")")[2]
    started = after_name.split()[19]
    return f"forkserver-{owner}-{started}-"


def training_packages() -> frozenset[str]:
    manifest = read_manifest("huggingface-pytorch-training")
    assert manifest is not None
    lines = requirement_lines(_HERE.parents[1] / "training" / "requirements.txt")
    return visible_distributions((*manifest.packages, *lines))


def _put_client(folder: Path, interpreter: Path) -> None:
    """Puts `client.py` in the place of a virtual environment's interpreter."""
    real = Path(sys.executable).resolve()
    servers = _parent_folder() / f"{_prefix()}servers"
    servers.mkdir(exist_ok=True)
    config = {
        "interpreter": str(real),
        "servers": str(servers),
        "server": str(_HERE / "server.py"),
        "owner": _owner(),
        "variables": SETTINGS,
        "hidden": {"training": [], "serving": UNUSED_PACKAGES},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    interpreter.unlink()
    interpreter.write_text(
        f"#!{real} -IS\n" + (_HERE / "client.py").read_text("utf-8"), "utf-8"
    )
    interpreter.chmod(interpreter.stat().st_mode | stat.S_IXUSR)
