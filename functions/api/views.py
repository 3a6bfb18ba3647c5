"""Models and runs as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from functions.common.example_request import example_request
from functions.common.records import Model, Run

_IN_LISTS = ("run", "model", "status", "task", "attempt", "started_at", "updated_at", "ended_at", "problem_count")
_NO_ENDPOINT = "none"


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def run_line(run: Run) -> dict[str, Any]:
    """A run in a list: what tells runs apart, without history and logs."""
    facts = {name: run.get(name) for name in _IN_LISTS}
    evaluation = run.get("evaluation", {})
    metric = evaluation.get("metric")
    if metric:
        facts |= {"metric": metric, "value": (evaluation.get("model") or {}).get(metric)}
    return _present(facts | {"cause": run.get("failure", {}).get("cause")})


def run_page(run: Run) -> dict[str, Any]:
    """Everything about a run, and while its job runs how far it is."""
    progress = shown_progress(run.get("training", {})) if run["status"] == "training" else {}
    return {**run, **({"progress": progress} if progress else {})}


def model_line(model: Model, statuses: dict[str, str]) -> dict[str, Any]:
    """A model in a list; `statuses` are the endpoints' by name."""
    endpoint = model["endpoint"]
    status = statuses.get(endpoint, _NO_ENDPOINT)
    facts = {name: model.get(name) for name in ("model", "task", "champion", "active_run", "updated_at")}
    return _present({**facts, "endpoint": endpoint, "status": status})


def model_page(
    model: Model, champion: Run | None, active: Run | None, endpoint: dict[str, Any] | None
) -> dict[str, Any]:
    """Everything about a model; its numbers are its champion's."""
    shown = champion or active
    task = shown.get("task") if shown else None
    evaluation = champion.get("evaluation", {}) if champion else {}
    data = champion.get("data", {}) if champion else {}
    facts: dict[str, Any] = {
        "model": model["model"],
        "task": task,
        "status": endpoint["EndpointStatus"] if endpoint else _NO_ENDPOINT,
        "endpoint": model["endpoint"],
        "champion": champion["run"] if champion else None,
        "labels": evaluation.get("labels") or data.get("labels"),
        "label_count": evaluation.get("label_count") or data.get("label_count"),
        "metrics": evaluation.get("model"),
        "baselines": evaluation.get("baselines"),
        "intervals": evaluation.get("intervals") or None,
        "contest": evaluation.get("champion"),
        "rows": evaluation.get("rows"),
        "report": champion.get("report") if champion else None,
        "card": champion.get("card") if champion else None,
        "data": data or None,
        "deployment": champion.get("deployment") if champion else None,
        "active_run": run_line(active) if active else None,
        "example": example_call(model["model"], task, champion.get("example")) if champion else None,
        "updated_at": model["updated_at"],
    }
    return _present(facts)


def example_call(model: str, task: str | None, given: Any = None) -> dict[str, Any]:
    """A call that the model answers, below the API's URL and with the key in `x-api-key`."""
    path = f"/models/{quote(model, safe='')}/predict"
    return {"method": "POST", "path": path, "body": example_request(task, given)}


def shown_progress(training: Mapping[str, Any]) -> dict[str, Any]:
    """What `GET /runs/{run}` says of a job that runs, of a run's `training`: numbers by clear names, where known."""
    metrics: Mapping[str, float] = training.get("metrics", {})
    facts: dict[str, Any] = {
        "phase": training.get("phase"),
        **{name: _whole(metrics.get(name)) for name in ("step", "total_steps")},
        "epoch": metrics.get("epoch"),
        "loss": metrics.get("loss", metrics.get("train_loss")),
        "metrics": {name.removeprefix("eval_"): value for name, value in metrics.items() if name.startswith("eval_")},
        "rows_per_second": metrics.get("rows_per_second"),
        "seconds_left": metrics.get("seconds_left"),
        "interruptions": training.get("interruptions"),
    }
    return {name: value for name, value in facts.items() if value not in (None, {})}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
