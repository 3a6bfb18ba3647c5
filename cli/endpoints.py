"""`traindrop sleep`, `wake`: a model on instances without its endpoint, which bills by the hour, and with it again."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exit_codes import ExitCode
from cli.invocation import Invocation

Model = Annotated[str, typer.Argument(help="The model's name.")]


def sleep(call: Invocation, model: Model) -> ExitCode:
    """Deletes the endpoint of a model on instances, until the next prediction or `wake`."""
    call.confirm(
        f"Put {model} to sleep ({call.target.name})? Its callers wait until its endpoint is made again: minutes on AWS."
    )
    page = call.api.sleep(model)
    call.write_json(page)
    call.write(f"{page.model} is asleep. Wake it: traindrop wake {page.model}")
    return ExitCode.DONE


def wake(call: Invocation, model: Model) -> ExitCode:
    """Makes the endpoint of a model that sleeps again, without a prediction."""
    is_waking = call.api.wake(model)
    call.write_json({"model": model, "waking": is_waking})
    if is_waking:
        call.write(
            f"{model} wakes, which takes minutes on AWS. Its status: traindrop models {model}"
        )
    else:
        call.write(f"{model} is awake.")
    return ExitCode.DONE
