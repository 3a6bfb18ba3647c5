"""What can go wrong with the local cloud, in sentences for the person at the terminal."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

CALLED_BY_COMMAND = "TRAINDROP_COMMAND"
"""The variable that the command `traindrop` sets for this package."""
_ROOM_BYTES = 2**20
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST)
"""What an operating system says of a folder that nothing can be written to."""


class LocalCloudError(RuntimeError):
    """A command failed. The text says what was expected, what was found, and what to do."""


class NotRunningError(LocalCloudError):
    """A command needs the cloud up, and it is not."""


class EngineStartError(RuntimeError):
    """The engine cannot run here: its port, its state folder or what it saved there is in the way."""


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for the end of an error."""
    try:
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        return "(no log was written)"
    return "\n".join(text.splitlines()[-lines:])


def check_room(folder: Path) -> None:
    """Raises the `OSError` of a disk that is full or not writable before anything is half written."""
    probe = folder / ".room"
    try:
        probe.write_bytes(bytes(_ROOM_BYTES))
    finally:
        probe.unlink(missing_ok=True)


def disk_text(folder: Path, error: OSError) -> str:
    """Why nothing can be written to `folder`. Raises `error` where its cause is another."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "Make room there"
    elif error.errno in _CLOSED:
        advice = "Make it writable, or choose another folder with --state"
    else:
        raise error
    path = f" ({error.filename})" if error.filename else ""
    return f"expected to write to {folder}; found: {error.strerror}{path}. {advice}, and start again."


def stated_reason(path: Path) -> str | None:
    """The sentence with which a part of the cloud ended itself, the last line of its log; None where it has none."""
    last = tail(path, 1)
    return last if last.startswith("localcloud.") else None


def is_called_by_command() -> bool:
    """Whether the command `traindrop` runs this package for its user."""
    return bool(os.environ.get(CALLED_BY_COMMAND))


def command_line(arguments: str) -> str:
    """How the user calls this package: `traindrop up`, or `.venv/bin/python -m localcloud up` from where they are."""
    if is_called_by_command():
        return f"traindrop {arguments}"
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shown} -m localcloud {arguments}"
