"""`traindrop models`, `traindrop releases`: what is live, how good it is, what came before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import typer

from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from contracts.run_record import Interval
from localcloud.display import table
from traindrop import ModelLine, ModelPage, Release

MODEL_COLUMNS = ("model", "task", "endpoint", "live run", "run in progress", "changed")
RELEASE_COLUMNS = ("run", "state", "since", "rows", "metric (95 %)", "billed", "files")
SHOWN_LABELS = 20
NO_MODELS = "No models yet. Drop a file: traindrop drop reviews.csv"


def show_models(
    call: Invocation,
    model: Annotated[
        str, typer.Argument(help="One model, in detail.", show_default=False)
    ] = "",
) -> ExitCode:
    """Lists the models, or shows one: how good it is, what it was trained on, how to call it."""
    if model:
        page = call.api.model(model)
        call.write_json(page)
        call.write("\n".join(model_lines(page)))
        return ExitCode.DONE
    models = call.api.models()
    call.write_json({"models": models})
    if models:
        rows = [model_row(line) for line in models]
        call.show(table(f"Models of {call.target.name}", MODEL_COLUMNS, rows))
    else:
        call.write(NO_MODELS)
    return ExitCode.DONE


def show_releases(
    call: Invocation,
    model: Annotated[str, typer.Argument(help="The model's name.")],
) -> ExitCode:
    """Lists a model's releases: every run that is live, was live, or could be put live."""
    releases = call.api.releases(model)
    call.write_json({"model": model, "releases": releases})
    if releases:
        rows = [release_row(release) for release in releases]
        call.show(table(f"Releases of {model}", RELEASE_COLUMNS, rows))
    else:
        call.write(
            f"No run of {model} has been judged yet. See how far it is: traindrop watch {model}"
        )
    return ExitCode.DONE


# ---- their lines ---------------------------------------------------------------------------------------------------


def moment(stamp: str | None) -> str:
    """`28 Nov 08:14` of a time in ISO 8601, in the local time zone."""
    if not stamp:
        return ""
    return datetime.fromisoformat(stamp).astimezone().strftime("%d %b %H:%M")


def model_row(line: ModelLine) -> tuple[str, ...]:
    return (
        line.model,
        line.task or "",
        line.status,
        line.champion or "",
        line.active_run or "",
        moment(line.updated_at),
    )


def release_row(release: Release) -> tuple[str, ...]:
    rows = sum(release.rows.values())
    cost = release.cost
    return (
        release.run,
        release.state,
        moment(release.since),
        f"{rows:,}" if rows else "",
        metric_text(release.metric, release.value, release.interval),
        f"{cost.billable_seconds:.0f} s" if cost else "",
        ", ".join(release.files),
    )


def metric_text(
    metric: str | None, value: float | None, interval: Interval | None
) -> str:
    """`accuracy 0.871 (0.77-0.94)`, of what is known."""
    if metric is None or value is None:
        return ""
    text = f"{metric.replace('_', ' ')} {value:.3f}"
    low, high = interval or (None, None)
    return text if low is None or high is None else f"{text} ({low:.2f}-{high:.2f})"


def model_lines(page: ModelPage) -> Iterator[str]:
    state = (
        f"live: {page.champion}" if page.champion else "no run of it has gone live yet"
    )
    yield f"{page.model}: {state}"
    if page.sentence:
        yield f"  {page.sentence}"
    yield from (f"  next: {step}" for step in page.next_steps)
    for name, text in _facts(page):
        if text:
            yield f"  {name:<10} {text}"
    if page.champion:
        yield f"  ask it     traindrop predict {page.model} TEXT"
        if page.report:
            yield f"  report     traindrop report {page.model} --open"
        yield f"  releases   traindrop releases {page.model}"
    else:
        yield f"  follow     traindrop watch {page.model}"


def _facts(page: ModelPage) -> Sequence[tuple[str, str]]:
    metrics = [
        f"{name.replace('_', ' ')} {value:.3f}"
        for name, value in page.metrics.items()
        if value is not None
    ]
    labels = list(page.labels or ())
    hidden = (page.label_count or len(labels)) - len(labels[:SHOWN_LABELS])
    more = f" and {hidden:,} more" if hidden > 0 else ""
    held_out = f" on {page.rows:,} held-out rows" if page.rows else ""
    active = page.active_run
    return (
        ("task", page.task or ""),
        ("endpoint", f"{page.endpoint}: {page.status}"),
        ("metrics", f"{', '.join(metrics)}{held_out}" if metrics else ""),
        ("labels", f"{', '.join(labels[:SHOWN_LABELS])}{more}" if labels else ""),
        ("files", ", ".join(page.data.files)),
        ("in progress", f"{active.run}: {active.status}" if active else ""),
    )
