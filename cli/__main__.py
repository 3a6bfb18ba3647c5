"""The command `traindrop`; `python -m cli` is the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from cli import (
    check,
    console,
    costs,
    delete,
    doctor,
    documents,
    drop,
    endpoints,
    follow,
    keys,
    local_cloud,
    logs,
    models,
    predict,
    release_actions,
    stacks,
    status,
)
from cli.invocation import Command, invoked
from traindrop.connection import installed_version

PANELS: dict[str, dict[str, Command]] = {
    "Train": {
        "drop": drop.drop,
        "check": check.check,
        "watch": follow.watch,
        "stop": release_actions.stop,
        "retry": release_actions.retry,
        "logs": logs.show_logs,
    },
    "Use": {
        "predict": predict.predict,
        "models": models.show_models,
        "console": console.console,
        "report": documents.report,
        "mistakes": documents.mistakes,
        "sleep": endpoints.sleep,
        "wake": endpoints.wake,
        "costs": costs.show_costs,
        "status": status.status,
    },
    "Release": {
        "releases": models.show_releases,
        "rollback": release_actions.rollback,
        "promote": release_actions.promote,
        "approve": release_actions.approve,
        "reject": release_actions.reject,
        "delete": delete.delete,
    },
    "Stack": {
        "init": stacks.init,
        "keys": keys.keys,
        "doctor": doctor.doctor,
        "destroy": stacks.destroy,
    },
    "Local cloud": {
        "up": local_cloud.up,
        "down": local_cloud.down,
        "demo": local_cloud.demo,
        "env": local_cloud.env,
    },
}
"""Title of the help's section -> its commands."""


def application() -> typer.Typer:
    app = typer.Typer(
        name="traindrop",
        help="A dataset in, a model behind an HTTP API out.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def top(
        version: bool = typer.Option(False, "--version", help="Print the version."),
    ) -> None:
        if version:
            typer.echo(f"traindrop {installed_version()}")
            raise typer.Exit

    for panel, commands in PANELS.items():
        for name, command in commands.items():
            app.command(name, rich_help_panel=panel)(invoked(command))
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    try:
        application()(args=arguments, prog_name="traindrop")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


def start() -> None:
    """The entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    start()
