"""The status command: what runs, what is deployed, what is live, what is on its way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console

from contracts.run_record import IN_PROGRESS, RunRecord
from localcloud import deploy
from localcloud.clients import Api, ApiError
from localcloud.cloud import PARTS, ROOT, LocalCloud
from localcloud.display import seconds_text, step_seconds, table, training_text
from localcloud.errors import command_line
from localcloud.lifecycle import is_healthy
from localcloud.processes import find, resident_bytes

UP, DOWN = 0, 3
_MAX_MODELS = 50
_SHOWN_METRICS = 2


def show(cloud: LocalCloud, screen: Console) -> int:
    """Prints everything. Returns `UP`, or `DOWN` where any part is missing or the stack is."""
    parts = [_part_row(cloud, name) for name in PARTS]
    screen.print(
        table(
            f"Local cloud in {cloud.state}",
            ("part", "", "url", "since", "memory"),
            parts,
        )
    )
    if any(row[1] != "up" for row in parts):
        screen.print(f"Start it: {command_line('up')}")
        return DOWN
    name = deploy.stack_name(ROOT)
    stack_status, outputs = deploy.describe_stack(cloud, name)
    screen.print(f"stack {name}: {stack_status or 'not deployed'}", markup=False)
    if not outputs:
        return DOWN
    return UP if _show_models_and_runs(cloud, screen) else DOWN


def _part_row(cloud: LocalCloud, name: str) -> tuple[str, ...]:
    process = find(cloud.processes.get(name))
    if process is None:
        return (name, "down", "", "", "")
    state = "up" if is_healthy(cloud, name) else "not answering"
    since = seconds_text(time.time() - process.create_time())
    memory = f"{resident_bytes(process.pid) / 2**20:.0f} MB"
    return (name, state, cloud.url(name), since, memory)


def _show_models_and_runs(cloud: LocalCloud, screen: Console) -> bool:
    """False where the API does not answer."""
    try:
        with Api(cloud) as api:
            models = [api.model(line["model"]) for line in api.models()[:_MAX_MODELS]]
            runs = [
                api.run(line["run"])
                for line in api.runs()
                if line["status"] in IN_PROGRESS
            ]
    except (httpx.HTTPError, ApiError) as error:
        screen.print(f"the API does not answer: {error}", markup=False)
        return False
    screen.print(f"bucket s3://{cloud.bucket}\nAPI    {cloud.api_url}", markup=False)
    if models:
        columns = ("model", "endpoint is", "release", "endpoint", "on held-out rows")
        screen.print(table("Models", columns, [model_row(model) for model in models]))
    if runs:
        columns = ("run", "model", "state", "for", "progress")
        screen.print(table("Runs in progress", columns, [run_row(run) for run in runs]))
    if not models and not runs:
        screen.print("no models yet")
    return True


def model_row(model: Mapping[str, Any]) -> tuple[str, ...]:
    shown = []
    for name, value in list((model.get("metrics") or {}).items())[:_SHOWN_METRICS]:
        title = name.replace("_", " ")
        shown.append(f"{title} {value:.3f}")
    return (
        str(model["model"]),
        str(model.get("status", "")),
        str(model.get("champion") or ""),
        str(model.get("endpoint") or ""),
        ", ".join(shown),
    )


def run_row(record: RunRecord) -> tuple[str, ...]:
    steps = step_seconds(record)
    since = ""
    if steps:
        _, seconds = steps[-1]
        since = seconds_text(seconds)
    return (record.run, record.model, record.status, since, training_text(record))
