"""`traindrop logs`: the log of a run, a model's endpoint or a function, wherever AWS keeps it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.log_lines import LogSource, milliseconds, minutes_ago, show_lines
from cli.release_actions import is_run
from contracts.run_record import RunRecord
from localcloud.display import verdict_lines
from traindrop import ApiError

JOBS_GROUP = "/aws/sagemaker/TrainingJobs"
ENDPOINTS_GROUP = "/aws/sagemaker/Endpoints/"
MINUTES = 60


def show_logs(
    call: Invocation,
    name: Annotated[
        str,
        typer.Argument(help="A run, a model, or a function such as inspect or api."),
    ],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes.")
    ] = False,
    endpoint: Annotated[
        bool, typer.Option("--endpoint", help="Of a model: what its endpoint writes.")
    ] = False,
    minutes: Annotated[
        float, typer.Option(help="Of endpoints and functions: how far back.")
    ] = MINUTES,
) -> ExitCode:
    """Shows a log: of a run its training job's and why it ended, of a model that of its newest run."""
    record = None if endpoint else find_record(call, name)
    if record is not None:
        source = run_source(call, record)
    elif endpoint:
        page = call.api.model(name)
        group = ENDPOINTS_GROUP + page.endpoint
        source = LogSource(group, since=minutes_ago(minutes))
    else:
        source = function_source(call, name, minutes)
    count = show_lines(call.target.aws("logs"), source, _write, follow=follow)
    if record is not None and not record.is_in_progress:
        for line in verdict_lines(record):
            call.note(f"  {line}")
    if not count:
        call.note(f"nothing was written to {source.group} since then")
    return ExitCode.DONE


def _write(line: str) -> None:
    print(line, flush=True)


def find_record(call: Invocation, name: str) -> RunRecord | None:
    """Of the run, or of the newest run of the model; None where `name` is neither."""
    if is_run(call, name):
        return call.api.run(name)
    try:
        lines = call.api.runs(name, limit=1)
    except ApiError as error:
        if error.is_not_found:
            return None
        raise
    return call.api.run(lines[0].run) if lines else None


def run_source(call: Invocation, record: RunRecord) -> LogSource:
    """The job's log where the run has come so far, else what the functions wrote about the run."""
    since = milliseconds(record.started_at)
    if record.training.job:
        return LogSource(
            JOBS_GROUP, stream_prefix=f"{record.training.job}/", since=since
        )
    group = _functions(call)["inspect"]
    return LogSource(group, in_line=record.run, since=since)


def function_source(call: Invocation, name: str, minutes: float) -> LogSource:
    """Of the first function whose name holds `name`; dashes do not count. Raises `CommandError`."""
    groups = _functions(call)
    fragment = _plain(name)
    for function, group in groups.items():
        if fragment and fragment in _plain(function):
            return LogSource(group, in_stream=function, since=minutes_ago(minutes))
    names = ", ".join(sorted(groups)) or "none"
    raise CommandError(
        f"expected a run, a model or a function of the stack; found {name!r}. Functions: {names}."
    )


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


class FunctionGroups(dict[str, str]):
    """Name of a function -> its log group; `groups["inspect"]` is that of the first whose name holds the word."""

    def __missing__(self, fragment: str) -> str:
        for name, group in self.items():
            if fragment in _plain(name):
                return group
        raise CommandError(
            "expected the stack's functions; found none. Check your rights: lambda:ListFunctions."
        )


def _functions(call: Invocation) -> FunctionGroups:
    client: Any = call.target.aws("lambda")
    groups = FunctionGroups()
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if name.startswith(f"{call.target.stack}-"):
                own_group = f"/aws/lambda/{name}"
                logging = function.get("LoggingConfig", {})
                groups[name] = logging.get("LogGroup", own_group)
    return groups
