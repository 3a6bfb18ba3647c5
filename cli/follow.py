"""`traindrop watch`, and how every command that starts a run follows it to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.live import Live

from cli.errors import CommandError
from cli.exit_codes import ExitCode, exit_code_of
from cli.invocation import Invocation
from cli.run_search import DropState, RunSearch, drop_state
from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus
from localcloud.display import verdict_lines
from localcloud.views import LiveView, PlainView
from traindrop import ApiError, ConnectError

LOST_SECONDS = 600.0


def watch(
    call: Invocation,
    name: Annotated[str, typer.Argument(help="A model, or a run.")],
) -> ExitCode:
    """Follows a run until it ends: of a model, the run of the files that lie in its folder now.

    Exit codes: 0 live, 4 kept back, 5 rejected, 6 failed or stopped.
    """
    return follow(call, find_run(call, name))


def follow(call: Invocation, run: str) -> ExitCode:
    """Shows the run until it has ended, then why it ended so, and what to do next."""
    record = _follow(call, run)
    call.write_json(record)
    for line in ending_lines(record):
        call.write(line)
    return exit_code_of(record.status)


def _follow(call: Invocation, run: str) -> RunRecord:
    if call.as_json or not call.screen.is_terminal:
        write = call.note if call.as_json else call.write
        return _last(call, run, PlainView(write).show)
    view = LiveView()
    with Live(view, console=call.screen, refresh_per_second=8):
        return _last(call, run, view.show)


def _last(call: Invocation, run: str, show: Callable[[RunRecord], None]) -> RunRecord:
    """A connection that is lost meanwhile is waited for: the run goes on without it."""
    seen_at = time.monotonic()
    while True:
        try:
            for record in call.api.follow(run):
                seen_at = time.monotonic()
                show(record)
                if not record.is_in_progress:
                    return record
        except ConnectError:
            if time.monotonic() - seen_at > LOST_SECONDS:
                raise
            call.note("the connection is lost; the run goes on. Trying again …")


def ending_lines(record: RunRecord) -> list[str]:
    """The verdict, and the commands that come next."""
    lines = [f"  {line}" for line in verdict_lines(record)]
    run, model = record.run, record.model
    seconds = ""
    if record.ended_at:
        duration = _seconds(record.try_began_at, record.ended_at)
        seconds = f" after {duration:.0f} s"
    lines.append(f"{record.status.upper()}: {run}{seconds}")
    next_commands = {
        RunStatus.LIVE: [
            f"Ask it: traindrop predict {model} TEXT",
            f"Report: traindrop report {model} --open",
        ],
        RunStatus.KEPT_BACK: [
            f"Report: traindrop report {run} --open",
            f"Put it live all the same: traindrop promote {model} {run}",
        ],
        RunStatus.REJECTED: ["Correct the files, then drop them again."],
        RunStatus.FAILED: [
            f"Log: traindrop logs {run}",
            f"Go on from where it failed: traindrop retry {run}",
        ],
        RunStatus.STOPPED: [f"Go on from where it stopped: traindrop retry {run}"],
    }
    lines += [f"  {text}" for text in next_commands.get(record.status, [])]
    if record.status is RunStatus.LIVE and record.replaced:
        lines.append(f"  Undo: traindrop rollback {model}")
    return lines


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


# ---- which run -----------------------------------------------------------------------------------------------------


def find_run(call: Invocation, name: str) -> str:
    """`name` itself if it is a run, else the run of what lies in the model's folder; it is waited for.

    Raises `CommandError`.
    """
    try:
        return call.api.run(name).run
    except ApiError as error:
        if not error.is_not_found:
            raise
    state = _drop_state(call, name)
    lines = call.api.runs(name)
    if state is None:
        if not lines:
            raise _unknown(call, name)
        active = [line for line in lines if line.status in IN_PROGRESS]
        newest = (active or list(lines))[0]
    else:
        run = run_search(call, name).find(state)
        newest = next(line for line in call.api.runs(name) if line.run == run)
    if newest.status not in IN_PROGRESS:
        call.note(
            f"no new drop of {name}: its last run began {clock_text(newest.started_at)}"
        )
    return newest.run


def run_search(call: Invocation, model: str) -> RunSearch:
    return RunSearch(call.api, lambda: _drop_state(call, model), call.note)


def _drop_state(call: Invocation, model: str) -> DropState | None:
    """None also where only the API can be reached."""
    target = call.target
    if not target.bucket:
        return None
    return drop_state(target.aws("s3"), target.bucket, model)


def clock_text(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _unknown(call: Invocation, name: str) -> CommandError:
    names = ", ".join(line.model for line in call.api.models()) or "none yet"
    return CommandError(
        f"expected a run, or a model with files or runs; found {name!r}. Models: {names}."
    )
