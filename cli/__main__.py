"""`traindrop COMMAND`, or `python -m cli COMMAND`.

Exit statuses of `check`: 0 ready, 1 refused (wrong arguments too), 2 asks which of several readings is meant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import NoReturn

from cli import check

WRONG_ARGUMENTS = 1
COMMANDS: Mapping[str, ModuleType] = {"check": check}
"""Name -> module with `DESCRIPTION`, `add_arguments` and `run`."""


class Parser(argparse.ArgumentParser):
    """Wrong arguments have a status of their own: argparse's 2 means that a drop asks."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_ARGUMENTS, f"{self.prog}: {message}\n")


def parser() -> Parser:
    top = Parser(
        prog="traindrop", description="A dataset in, a model behind an HTTP API out."
    )
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        description = command.DESCRIPTION
        command.add_arguments(
            subparsers.add_parser(name, help=description, description=description)
        )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    parsed = parser().parse_args(arguments)
    status: int = COMMANDS[parsed.command].run(parsed)
    return status


if __name__ == "__main__":
    sys.exit(main())
