"""How a command ended, for scripts."""

from __future__ import annotations

from enum import IntEnum

from contracts.run_record import RELEASED, RunStatus


class CheckExitCode(IntEnum):
    """Of `check`, which follows no run."""

    READY = 0
    REFUSED = 1
    """So it is where the files are not there."""
    QUESTION = 2
    """The drop can be read in more than one way. Wrong arguments have the same code, as everywhere."""


class ExitCode(IntEnum):
    """Of `drop` and `watch`, and of all that follows a run, that of the run."""

    DONE = 0
    """Of a run: it is live."""
    ERROR = 1
    """The command could not do what it was called for."""
    WRONG_ARGUMENTS = 2
    NOT_RUNNING = 3
    """The local cloud is down."""
    KEPT_BACK = 4
    REJECTED = 5
    """Also where `drop` finds it on this machine."""
    FAILED = 6
    """The run failed, or was stopped."""
    INCOMPLETE = 7
    """Of `predict` with a file: some rows have an error in place of an answer."""
    INTERRUPTED = 130


def exit_code_of(status: RunStatus) -> ExitCode:
    """Of a run that has ended."""
    if status in RELEASED:
        return ExitCode.DONE
    return {
        RunStatus.KEPT_BACK: ExitCode.KEPT_BACK,
        RunStatus.REJECTED: ExitCode.REJECTED,
    }.get(status, ExitCode.FAILED)
