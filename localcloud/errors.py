"""What can go wrong with the local cloud, in sentences for the person at the terminal."""

from __future__ import annotations

import sys
from pathlib import Path


class LocalCloudError(RuntimeError):
    """The local cloud cannot do what was asked; the text says what was expected, found, and to be done."""


class NotRunningError(LocalCloudError):
    """A command needs the cloud up, and it is not."""


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for the end of an error."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log was written)"


def command(arguments: str) -> str:
    """How to call this package from the folder one stands in, for example `.venv/bin/python -m localcloud up`."""
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shown} -m localcloud {arguments}"
