"""`traindrop delete`: a model with all that is left of it, one release, or the rows of a run."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from traindrop import ApiError

ENDPOINT_BUSY = "endpoint_busy"
WAIT_SECONDS = 900
POLL_SECONDS = 5.0
"""SageMaker takes some minutes to delete an endpoint."""


def delete(
    call: Invocation,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    *,
    release: Annotated[
        str,
        typer.Option(
            "--release", help="Only this run of its releases: archive and rows."
        ),
    ] = "",
    data: Annotated[
        str, typer.Option("--data", help="Only the rows that this run was trained on.")
    ] = "",
) -> ExitCode:
    """Deletes a model: endpoint, drop, runs, releases. With --release or --data only these."""
    if release and data:
        raise CommandError("expected --release or --data; found both. Say one of them.")
    place = call.target.name
    if data:
        call.confirm(f"Delete the rows of {data} ({place})? This cannot be undone.")
        record = call.api.delete_data(data)
        call.write_json(record)
        call.write(f"The rows of {data} are removed.")
    elif release:
        call.confirm(
            f"Delete the release {release} of {model} ({place})? This cannot be undone."
        )
        record = call.api.delete_release(model, release)
        call.write_json(record)
        call.write(f"The release {release} is removed.")
    else:
        page = call.api.model(model)
        state = f"{page.champion} is live" if page.champion else "nothing of it is live"
        call.confirm_name(
            model,
            f"This deletes {model} of {place} with its drop, its runs and its releases; {state}. "
            "It cannot be undone.",
        )
        delete_model(call, model)
        call.write_json({"model": model, "deleted": True})
        call.write(f"{model} is deleted.")
    return ExitCode.DONE


def delete_model(call: Invocation, model: str) -> None:
    """Asks again while SageMaker still deletes the endpoint. Raises what the API refuses otherwise."""
    started = time.monotonic()
    is_noted = False
    while True:
        try:
            return call.api.delete_model(model)
        except ApiError as error:
            is_late = time.monotonic() - started > WAIT_SECONDS
            if error.code != ENDPOINT_BUSY or is_late:
                raise
        if not is_noted:
            call.note("its endpoint is being deleted …")
            is_noted = True
        time.sleep(POLL_SECONDS)
