"""`traindrop drop`: checks files, says what they would become and cost, uploads them, and follows their run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from cli.check import SHOWN_ROWS, default_model, document, lines
from cli.errors import CommandError
from cli.estimates import estimate
from cli.exit_codes import ExitCode
from cli.follow import follow, run_search
from cli.inspection import SETTINGS, CheckOutcome, CheckResult, inspect_files
from cli.invocation import Invocation
from cli.local_drop import files_below
from cli.run_search import drop_state
from cli.stack_settings import stack_settings
from cli.uploads import (
    UploadPlan,
    carry_out,
    download,
    plan_upload,
    present_files,
)
from contracts import locations
from contracts.costs import CostEstimate
from functions.adapters import hub
from functions.common.drop import StoredObject, locate


def drop(
    call: Invocation,
    source: Annotated[Path, typer.Argument(help="A file, or a folder.")],
    model: Annotated[
        str,
        typer.Option(
            "--as", help="The model's name; by default that of the file or folder."
        ),
    ] = "",
    append: Annotated[
        bool,
        typer.Option(
            "--append", help="Keep the files that are in the model's folder already."
        ),
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when the files are uploaded.")
    ] = False,
) -> ExitCode:
    """Trains a model on files: checks them here first, shows the estimate, asks, uploads, follows the run.

    Exit codes: 0 live, 4 kept back, 5 rejected, 6 failed or stopped.
    """
    if not source.exists():
        raise CommandError(f"expected a file or a folder; found no {str(source)!r}.")
    name = model or default_model(source)
    _require_name(name)
    s3, bucket = call.target.aws("s3"), call.target.bucket
    files, present = files_below(source), present_files(s3, bucket, name)
    plan = plan_upload(name, bucket, files, present, append=append)
    result = _check(call, plan, present)
    if result.outcome is not CheckOutcome.READY:
        call.write_json(document(result))
        call.write("\n".join(lines(result, str(source))))
        call.note("Nothing was uploaded.")
        return ExitCode.REJECTED
    _show_plan(call, result, plan, str(source), estimate(result, call.target))
    call.confirm("Go?", default=True)
    earlier = [line.run for line in call.api.runs(name)]
    _upload(call, plan)
    return _follow_upload(call, plan, earlier, detach)


def _require_name(name: str) -> None:
    place = locate(f"{locations.drop_prefix(name)}data")
    if place is None or place.problem or place.model != name:
        problem = place.problem if place else None
        raise CommandError(
            f"{problem or f'expected a name for the model; found {name!r}.'} Say another name with --as."
        )


def _check(
    call: Invocation, plan: UploadPlan, present: Mapping[str, StoredObject]
) -> CheckResult:
    """Of all files that the folder will hold, by the settings of the stack."""
    settings = stack_settings(call.target) or SETTINGS
    ask = partial(hub.ask, endpoint=settings.hub_endpoint)
    with tempfile.TemporaryDirectory(prefix="traindrop-") as folder:
        kept = {name: present[name] for name in plan.kept}
        s3 = call.target.aws("s3")
        files = download(s3, plan.bucket, kept, Path(folder)) | dict(plan.files)
        return inspect_files(files, plan.model, SHOWN_ROWS, ask, settings)


def _show_plan(
    call: Invocation,
    result: CheckResult,
    plan: UploadPlan,
    source: str,
    cost: CostEstimate | None,
) -> None:
    write = call.note if call.as_json else call.write
    write("\n".join(lines(result, source)))
    write("")
    title = "Estimate" if call.target.local is None else "On AWS this would cost"
    write(f"{title}: {cost.sentence}" if cost else "Nothing is trained.")
    for line in plan.lines():
        write(line)
    write(f"To: {call.target.name}")


def _upload(call: Invocation, plan: UploadPlan) -> None:
    progress = Progress(
        "uploading",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=call.notes,
        disable=not call.notes.is_terminal,
    )
    with progress:
        bar = progress.add_task("", total=plan.byte_count)
        s3 = call.target.aws("s3")
        carry_out(s3, plan, lambda count: progress.advance(bar, count))


def _follow_upload(
    call: Invocation, plan: UploadPlan, earlier: list[str], detach: bool
) -> ExitCode:
    watch = f"traindrop watch {plan.model}"
    if detach:
        call.write_json({"model": plan.model, "uploaded": sorted(plan.files)})
        call.write(f"Uploaded. Follow it: {watch}")
        return ExitCode.DONE
    state = drop_state(call.target.aws("s3"), plan.bucket, plan.model)
    if state is None:
        raise CommandError(
            f"expected the uploaded files in the folder of {plan.model!r}; found none: somebody removed them."
        )
    call.note(f"uploaded; Ctrl-C leaves it running ({watch})")
    run = run_search(call, plan.model).find(state, earlier)
    if run in earlier:
        call.note(f"the same files were dropped before: {run} is of them")
    return follow(call, run)
