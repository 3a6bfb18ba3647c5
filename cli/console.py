"""`traindrop console`: the pages of a stack, in the browser."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from contracts.locations import CONSOLE_PATH


def console(
    call: Invocation,
    *,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open it in the browser.")
    ] = False,
) -> ExitCode:
    """Prints the address of the console: models, runs and drops in a browser. It asks for an API key."""
    address = f"{call.target.url.rstrip('/')}{CONSOLE_PATH}"
    call.write_json({"console": address})
    call.write(address)
    call.note("It asks for an API key: traindrop keys show manage (or read, to look).")
    if open_page:
        webbrowser.open(address)
    return ExitCode.DONE
