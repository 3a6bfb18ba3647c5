"""`traindrop status`: what runs, what is live, what is on its way."""

from __future__ import annotations

from cli.exit_codes import ExitCode
from cli.follow import clock_text
from cli.invocation import Invocation
from cli.local_cloud import start_local
from cli.models import MODEL_COLUMNS, NO_MODELS, model_row
from contracts.locations import CONSOLE_PATH
from contracts.run_record import IN_PROGRESS, RunStatus
from localcloud.display import table
from traindrop import RunLine

COLUMNS = ("run", "model", "state", "since", "why")
SHOWN_RUNS = 10
ENDED_BADLY = frozenset({RunStatus.REJECTED, RunStatus.FAILED, RunStatus.STOPPED})


def status(call: Invocation) -> ExitCode:
    """Shows models, and the runs that are in progress or did not end well; of the local cloud its processes too."""
    if call.choice.local and not call.as_json:
        start_local(call, "status", [])
    models, runs = call.api.models(), call.api.runs(limit=50)
    active = [line for line in runs if line.status in IN_PROGRESS]
    ended = [line for line in runs if line.status in ENDED_BADLY][:SHOWN_RUNS]
    call.write_json({"target": call.target.name, "models": models, "runs": active})
    call.write(
        f"{call.target.name}\nAPI {call.target.url}\nConsole {call.target.url}{CONSOLE_PATH}"
    )
    if models:
        call.show(table("Models", MODEL_COLUMNS, [model_row(line) for line in models]))
    else:
        call.write(NO_MODELS)
    for title, lines in (("In progress", active), ("Did not go live", ended)):
        if lines:
            call.show(table(title, COLUMNS, [run_row(line) for line in lines]))
    return ExitCode.DONE


def run_row(line: RunLine) -> tuple[str, ...]:
    problems = line.problem_count or 0
    count = f"{problems:,} problem{'' if problems == 1 else 's'}" if problems else ""
    cause = (line.cause or count)[:80]
    return (
        line.run,
        line.model,
        line.status,
        clock_text(line.updated_at),
        cause,
    )
