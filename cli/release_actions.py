"""`traindrop rollback`, `promote`, `approve`, `reject`, `stop`, `retry`: what a person decides about a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.follow import follow
from cli.invocation import Invocation
from contracts.run_record import IN_PROGRESS, RunRecord
from traindrop import ApiError

LABEL_CHANGE = "label_change"
Release = Callable[[bool], RunRecord]
"""Takes whether changed labels are accepted."""
Detach = Annotated[bool, typer.Option("--detach", help="Return at once.")]
Accept = Annotated[
    bool,
    typer.Option("--accept-label-change", help="Also where the labels are others."),
]


def rollback(
    call: Invocation,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    *,
    to: Annotated[
        str,
        typer.Option("--to", help="A run of its releases; by default the one before."),
    ] = "",
    accept: Accept = False,
    detach: Detach = False,
) -> ExitCode:
    """Puts the release before the live one live again, from its archive, without training."""
    call.confirm(
        f"Put {to or 'the release before the live one'} of {model} live again ({call.target.name})?"
    )

    def release(accept_label_change: bool) -> RunRecord:
        return call.api.rollback(
            model, to or None, accept_label_change=accept_label_change
        )

    return put_live(call, release, accept, detach)


def promote(
    call: Invocation,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    run: Annotated[str, typer.Argument(help="A run of its releases.")],
    *,
    accept: Accept = False,
    detach: Detach = False,
) -> ExitCode:
    """Puts any release live, also one that was kept back."""
    call.confirm(f"Put {run} of {model} live ({call.target.name})?")

    def release(accept_label_change: bool) -> RunRecord:
        return call.api.promote(model, run, accept_label_change=accept_label_change)

    return put_live(call, release, accept, detach)


def approve(
    call: Invocation,
    run: Annotated[str, typer.Argument(help="A run that waits for approval.")],
    *,
    accept: Accept = False,
    detach: Detach = False,
) -> ExitCode:
    """Puts a run live that waits for approval."""
    call.confirm(f"Put {run} live ({call.target.name})?")

    def release(accept_label_change: bool) -> RunRecord:
        return call.api.approve(run, accept_label_change=accept_label_change)

    return put_live(call, release, accept, detach)


def reject(
    call: Invocation,
    run: Annotated[str, typer.Argument(help="A run that waits for approval.")],
) -> ExitCode:
    """Leaves a run kept back that waits for approval."""
    record = call.api.reject(run)
    call.write_json(record)
    call.write(f"{record.run} stays kept back.")
    return ExitCode.DONE


def stop(
    call: Invocation,
    name: Annotated[
        str, typer.Argument(help="A run, or a model with one in progress.")
    ],
    *,
    detach: Detach = False,
) -> ExitCode:
    """Stops a run at any step; what was paid for stays, and a retry goes on from it."""
    run = active_run(call, name)
    call.confirm(f"Stop {run} ({call.target.name})?")
    record = call.api.stop(run)
    if detach or not record.is_in_progress:
        return _shown(call, record)
    follow(call, record.run)
    return ExitCode.DONE


def retry(
    call: Invocation,
    name: Annotated[
        str, typer.Argument(help="A run, or a model whose last run failed.")
    ],
    *,
    detach: Detach = False,
) -> ExitCode:
    """Goes on with a failed or stopped run from the first step whose result is missing."""
    record = call.api.retry(newest_run(call, name))
    return _shown(call, record) if detach else follow(call, record.run)


# ---- what they share -----------------------------------------------------------------------------------------------


def put_live(
    call: Invocation, release: Release, accept: bool, detach: bool
) -> ExitCode:
    """Asks once more where the model's answers would have other labels; then follows the run."""
    try:
        record = release(accept)
    except ApiError as error:
        if error.code != LABEL_CHANGE or accept:
            raise
        call.note(change_text(error.details.get("label_changes") or {}))
        call.confirm("Programs that call the model get these. Go on?")
        record = release(True)
    if message := record.extra.get("message"):
        call.note(str(message))
    return _shown(call, record) if detach else follow(call, record.run)


def change_text(changes: Mapping[str, Any]) -> str:
    texts = [f"+{label}" for label in changes.get("added", ())]
    texts += [f"-{label}" for label in changes.get("removed", ())]
    task = changes.get("task")
    other = f"; the live model's task is {task}" if task else ""
    return f"its labels differ from the live model's: {' '.join(texts)}{other}"


def _shown(call: Invocation, record: RunRecord) -> ExitCode:
    call.write_json(record)
    call.write(
        f"{record.run}: {record.status}. Follow it: traindrop watch {record.run}"
    )
    return ExitCode.DONE


def active_run(call: Invocation, name: str) -> str:
    """`name` if it is a run, else the run in progress of the model. Raises `CommandError`."""
    if is_run(call, name):
        return name
    for line in call.api.runs(name):
        if line.status in IN_PROGRESS:
            return line.run
    raise CommandError(
        f"expected a run, or a model with a run in progress; found {name!r}, which has none. "
        "See: traindrop status"
    )


def newest_run(call: Invocation, name: str) -> str:
    """`name` if it is a run, else the newest run of the model. Raises `CommandError`."""
    if is_run(call, name):
        return name
    lines = call.api.runs(name, limit=1)
    if not lines:
        raise CommandError(
            f"expected a run, or a model with runs; found {name!r}. See: traindrop models"
        )
    return lines[0].run


def is_run(call: Invocation, name: str) -> bool:
    try:
        return bool(call.api.run(name))
    except ApiError as error:
        if error.is_not_found:
            return False
        raise
