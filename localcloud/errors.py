"""What can go wrong with the local cloud, in sentences for the person at the terminal."""

from __future__ import annotations

import sys
from pathlib import Path


class LocalCloudError(RuntimeError):
    """A command failed. The text says what was expected, what was found, and what to do."""


class NotRunningError(LocalCloudError):
    """A command needs the cloud up, and it is not."""


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for the end of an error."""
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return "(no log was written)"
    return "\n".join(text.splitlines()[-lines:])


def command_line(arguments: str) -> str:
    """How to call this package from the working directory, for example `.venv/bin/python -m localcloud up`."""
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shown} -m localcloud {arguments}"
