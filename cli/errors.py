"""What a command ends with where it cannot go on."""

from __future__ import annotations

from cli.exit_codes import ExitCode


class CommandError(Exception):
    """The text says what was expected, what was found, and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.ERROR) -> None:
        super().__init__(message)
        self.code = code
