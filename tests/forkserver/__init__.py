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

import atexit
import json
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path

from inference.archive import UNUSED_PACKAGES
from localcloud.sagemaker.manifests import read_manifest
from localcloud.sagemaker.package_views import (
    build_view,
    installed_distributions,
    requirement_lines,
    visible_distributions,
)
from training.common.thread_settings import SETTINGS

_HERE = Path(__file__).parent


@cache
def python() -> str:
    """The path of an interpreter that sees what a training job does. Its servers end with this process."""
    return _make_environment(training_packages())


@cache
def cloud_python() -> str:
    """As `python()`, but it sees all packages, as the local cloud must: its jobs see those of their image."""
    return _make_environment(frozenset(installed_distributions()))


def _make_environment(packages: frozenset[str]) -> str:
    folder = Path(tempfile.mkdtemp(prefix="forkserver-"))
    atexit.register(_remove, folder, os.getpid())
    interpreter = build_view(folder, packages)
    if os.environ.get("FORK_SERVER") != "off":
        _put_client(folder, interpreter)
    return str(interpreter)


def training_packages() -> frozenset[str]:
    manifest = read_manifest("huggingface-pytorch-training")
    assert manifest is not None
    lines = requirement_lines(_HERE.parents[1] / "training" / "requirements.txt")
    return visible_distributions((*manifest.packages, *lines))


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _put_client(folder: Path, interpreter: Path) -> None:
    """Puts `client.py` in the place of a virtual environment's interpreter."""
    real = Path(sys.executable).resolve()
    config = {
        "interpreter": str(real),
        "server": str(_HERE / "server.py"),
        "owner": os.getpid(),
        "variables": SETTINGS,
        "hidden": {"training": [], "serving": UNUSED_PACKAGES},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    interpreter.unlink()
    interpreter.write_text(
        f"#!{real} -IS\n" + (_HERE / "client.py").read_text("utf-8"), "utf-8"
    )
    interpreter.chmod(interpreter.stat().st_mode | stat.S_IXUSR)
