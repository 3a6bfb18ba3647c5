"""`traindrop up`, `down`, `demo`, `env`: the local cloud, which runs in the checkout's own environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.checkout import Checkout, find_checkout
from cli.exit_codes import ExitCode
from cli.invocation import Invocation, resolved
from cli.memory import LOCAL, recall, remember
from localcloud.cloud import DEFAULT_STATE
from localcloud.errors import CALLED_BY_COMMAND

Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="KEY=VALUE",
        help="A parameter of the template; kept for later, an empty value forgets it.",
    ),
]
PassEnvironment = Annotated[
    bool,
    typer.Option(
        "--pass-hf-env",
        help="Give HF_* of this shell, HF_TOKEN too, to the code of every drop.",
    ),
]


def up(
    call: Invocation,
    *,
    parameter: Parameters = None,
    pass_hf_env: PassEnvironment = False,
    max_training_jobs: Annotated[
        int,
        typer.Option(help="Training jobs at once; 0: as many as the machine bears."),
    ] = 0,
) -> ExitCode:
    """Starts the local cloud on this machine, with the stack on it."""
    jobs = ["--max-training-jobs", str(max_training_jobs)] if max_training_jobs else []
    options = [*_parameter_options(parameter, pass_hf_env), *jobs]
    start_local(call, "up", options)


def demo(
    call: Invocation,
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the local cloud running.")
    ] = False,
    parameter: Parameters = None,
    pass_hf_env: PassEnvironment = False,
) -> ExitCode:
    """Drops 4,000 real film reviews on the local cloud, trains, deploys and calls the model."""
    options = _parameter_options(parameter, pass_hf_env)
    start_local(call, "demo", [*options, *(["--keep"] if keep else [])])


def down(
    call: Invocation,
    *,
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove every drop, run and model too.")
    ] = False,
) -> ExitCode:
    """Stops the local cloud; its data stays."""
    if purge:
        state = state_folder(call, find_checkout())
        call.confirm(f"Remove every drop, run and model in {state}?")
    start_local(call, "down", ["--purge"] if purge else [])


def env(call: Invocation) -> ExitCode:
    """Prints the shell's environment for the local cloud: eval "$(traindrop env)"."""
    start_local(call, "env", [])


def _parameter_options(
    parameters: Sequence[str] | None, pass_hf_env: bool
) -> list[str]:
    options = []
    for parameter in parameters or ():
        options += ["--parameter", parameter]
    return [*options, *(["--pass-hf-env"] if pass_hf_env else [])]


# ---- how it is started ---------------------------------------------------------------------------------------------


def state_folder(call: Invocation, checkout: Checkout) -> Path:
    """The option's, else that of the checkout if it was not another one the last time."""
    if call.choice.state:
        return resolved(call.choice.state)
    remembered = recall()
    if remembered.state and remembered.checkout == str(checkout.folder):
        return Path(remembered.state)
    return checkout.folder / DEFAULT_STATE


def start_local(call: Invocation, command: str, options: Sequence[str]) -> NoReturn:
    """Becomes `python -m localcloud` in the checkout, so that signals and exit codes are its own.

    Raises `CommandError` without a checkout or its set-up.
    """
    checkout = find_checkout().require_set_up()
    state = state_folder(call, checkout)
    if command in {"up", "demo"}:
        remember(target=LOCAL, state=str(state), checkout=str(checkout.folder))
    arguments = [command, "--state", str(state), *options]
    os.chdir(checkout.folder)
    os.execve(
        checkout.python,
        [str(checkout.python), "-m", "localcloud", *arguments],
        {**os.environ, CALLED_BY_COMMAND: "traindrop"},
    )
