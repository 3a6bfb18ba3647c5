"""What runs, what is deployed, what is live, what is on its way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console

from localcloud import deploy
from localcloud.clients import Api, ApiError
from localcloud.cloud import PARTS, ROOT, Cloud
from localcloud.display import ENDED, seconds_text, step_seconds, table, training_text
from localcloud.errors import command
from localcloud.lifecycle import healthy
from localcloud.processes import find

UP, DOWN = 0, 3
_SHOWN = 50


def _part_row(cloud: Cloud, part: str) -> tuple[str, ...]:
    process = find(cloud.processes.get(part))
    if process is None:
        return (part, "down", "", "", "")
    state = "up" if healthy(cloud, part) else "not answering"
    memory = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**20
    return (part, state, cloud.url(part), seconds_text(time.time() - process.create_time()), f"{memory:.0f} MB")


def model_row(model: Mapping[str, Any]) -> tuple[str, ...]:
    metrics = model.get("metrics") or {}
    shown = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in list(metrics.items())[:2])
    return (
        str(model["model"]),
        str(model.get("status", "")),
        str(model.get("champion") or ""),
        str(model.get("endpoint") or ""),
        shown,
    )


def run_row(run: Mapping[str, Any]) -> tuple[str, ...]:
    steps = step_seconds(run)
    since = seconds_text(steps[-1][1]) if steps else ""
    return (str(run["run"]), str(run["model"]), str(run["status"]), since, training_text(run))


def show(cloud: Cloud, screen: Console) -> int:
    """Prints everything and returns `UP`, or `DOWN` where any part is missing or the stack is."""
    parts = [_part_row(cloud, part) for part in PARTS]
    screen.print(table(f"Local cloud in {cloud.state}", ("part", "", "url", "since", "memory"), parts))
    if any(row[1] != "up" for row in parts):
        screen.print(f"Start it: {command('up')}")
        return DOWN
    name = deploy.stack_name(ROOT)
    stack, outputs = deploy.describe_stack(cloud, name)
    screen.print(f"stack {name}: {stack or 'not deployed'}", markup=False)
    if not outputs:
        return DOWN
    return UP if _show_models_and_runs(cloud, screen) else DOWN


def _show_models_and_runs(cloud: Cloud, screen: Console) -> bool:
    try:
        with Api(cloud) as api:
            models = [api.model(model["model"]) for model in api.models()[:_SHOWN]]
            runs = [api.run(run["run"]) for run in api.runs() if run["status"] not in ENDED]
    except (httpx.HTTPError, ApiError) as error:
        screen.print(f"the API does not answer: {error}", markup=False)
        return False
    screen.print(f"bucket s3://{cloud.bucket}\nAPI    {cloud.api_url}", markup=False)
    if models:
        rows = [model_row(model) for model in models]
        screen.print(table("Models", ("model", "endpoint is", "release", "endpoint", "on held-out rows"), rows))
    if runs:
        columns = ("run", "model", "state", "for", "progress")
        screen.print(table("Runs in progress", columns, [run_row(run) for run in runs]))
    if not models and not runs:
        screen.print("no models yet")
    return True
