"""Models and runs as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from contracts.documents import plain
from contracts.drift import Drift
from contracts.model_record import ModelRecord
from contracts.releases import ReleaseState
from contracts.run_record import (
    DataRecord,
    RunRecord,
    RunStatus,
    Training,
)
from functions.common.example_request import example_request
from functions.releases.states import (
    may_be_approved,
    newest_first,
    since,
    state_of,
)

_NO_ENDPOINT, _ASLEEP = "none", "asleep"


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items() if value is not None}


def run_line(run: RunRecord) -> dict[str, Any]:
    """A run in a list: what tells runs apart, without history and logs."""
    evaluation = run.evaluation
    metric = evaluation.metric if evaluation else None
    return _without_none(
        {
            "run": run.run,
            "model": run.model,
            "status": run.status,
            "task": run.task,
            "attempt": run.attempt,
            "started_at": run.started_at,
            "updated_at": run.updated_at,
            "ended_at": run.ended_at,
            "problem_count": run.problem_count,
            "metric": metric,
            "value": evaluation.model.get(metric) if evaluation and metric else None,
            "cause": run.failure.cause if run.failure else None,
        }
    )


def run_page(run: RunRecord) -> dict[str, Any]:
    """Everything about a run, and while its job runs how far it is."""
    progress = shown_progress(run.training) if run.status is RunStatus.TRAINING else {}
    return run.write() | ({"progress": progress} if progress else {})


def release_lines(
    runs: Sequence[RunRecord], model: ModelRecord, now: datetime
) -> list[dict[str, Any]]:
    """The runs of a model that are or could be released, the newest first."""
    states = {run.run: _shown_state(run, model, now) for run in runs}
    released = [run for run in newest_first(runs) if states[run.run]]
    return [_release_line(run, states[run.run]) for run in released]


def _shown_state(
    run: RunRecord, model: ModelRecord, now: datetime
) -> ReleaseState | None:
    state = state_of(run, model)
    is_waiting = state is ReleaseState.KEPT_BACK and may_be_approved(run, now)
    return ReleaseState.WAITING if is_waiting else state


def _release_line(run: RunRecord, state: ReleaseState | None) -> dict[str, Any]:
    evaluation, training = run.evaluation, run.training
    metric = evaluation.metric if evaluation else None
    return _without_none(
        {
            "run": run.run,
            "state": state,
            "since": since(run, state) if state else None,
            "status": run.status,
            "task": run.task,
            "rows": run.data.rows or None,
            "files": run.data.files,
            "metric": metric,
            "value": evaluation.model.get(metric) if evaluation and metric else None,
            "interval": evaluation.intervals.model if evaluation else None,
            "labels": (evaluation.labels if evaluation else None) or run.data.labels,
            "cost": _training_cost(training),
            "replaced": run.replaced,
            "promotion": run.promotion,
            "approval": run.approval,
            "report": run.report,
        }
    )


def _training_cost(training: Training) -> dict[str, Any] | None:
    """What SageMaker bills of the training, once it is known."""
    if training.billable_seconds is None:
        return None
    return _without_none(
        {
            "billable_seconds": training.billable_seconds,
            "instance_type": training.instance_type,
            "spot": training.spot,
        }
    )


def _status(model: ModelRecord, endpoint: str | None) -> str:
    """SageMaker's status of the endpoint, or why there is none."""
    if model.asleep_since and endpoint in {None, "Deleting"}:
        return _ASLEEP
    return endpoint or _NO_ENDPOINT


def model_line(model: ModelRecord, statuses: Mapping[str, str]) -> dict[str, Any]:
    """A model in a list; `statuses` are the endpoints' by name."""
    return _without_none(
        {
            "model": model.model,
            "task": model.task,
            "champion": model.champion,
            "active_run": model.active_run,
            "updated_at": model.updated_at,
            "endpoint": model.endpoint,
            "status": _status(model, statuses.get(model.endpoint)),
            "asleep_since": model.asleep_since,
        }
    )


def model_page(
    model: ModelRecord,
    champion: RunRecord | None,
    active: RunRecord | None,
    endpoint: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Everything about a model; its numbers are its champion's."""
    described = champion or active
    page: dict[str, Any] = {
        "model": model.model,
        "task": described.task if described else None,
        "status": _status(model, endpoint["EndpointStatus"] if endpoint else None),
        "endpoint": model.endpoint,
        "asleep_since": model.asleep_since,
        "drift": _drift(model),
        "custom": model.custom or None,
        "active_run": run_line(active) if active else None,
        "updated_at": model.updated_at,
    }
    return _without_none(page | (_champion_part(champion) if champion else {}))


def _drift(model: ModelRecord) -> Drift | None:
    """Of the release that is live."""
    drift = model.drift
    return drift if drift and drift.run == model.champion else None


def _champion_part(champion: RunRecord) -> dict[str, Any]:
    return {
        "champion": champion.run,
        **_evaluation_part(champion),
        "report": champion.report,
        "card": champion.card,
        "mistakes": champion.mistakes,
        "label_errors": champion.label_errors,
        "data": None if champion.data == DataRecord() else champion.data,
        "deployment": champion.deployment if champion.deployment.mode else None,
        "example": example_call(champion),
    }


def _evaluation_part(champion: RunRecord) -> dict[str, Any]:
    evaluation, data = champion.evaluation, champion.data
    if evaluation is None:
        return {"labels": data.labels, "label_count": data.label_count}
    return {
        "labels": evaluation.labels or data.labels,
        "label_count": evaluation.label_count or data.label_count,
        "sentence": evaluation.sentence or None,
        "next_steps": evaluation.next_steps or None,
        "metrics": evaluation.model,
        "baselines": evaluation.baselines,
        "intervals": evaluation.intervals.write() or None,
        "contest": evaluation.champion,
        "changes": evaluation.changes,
        "rows": evaluation.rows,
    }


def example_call(run: RunRecord) -> dict[str, Any]:
    """A call that the model answers, below the API's URL and with the key in `x-api-key`."""
    body = example_request(run.task, run.example, run.data.columns)
    path = f"/models/{quote(run.model, safe='')}/predict"
    return {"method": "POST", "path": path, "body": body}


def shown_progress(training: Training) -> dict[str, Any]:
    """What `GET /runs/{run}` says of a job that runs: numbers by clear names, where known."""
    metrics = training.metrics
    evaluated = {
        name.removeprefix("eval_"): value
        for name, value in metrics.items()
        if name.startswith("eval_")
    }
    return _without_none(
        {
            "phase": training.phase,
            "step": _whole(metrics.get("step")),
            "total_steps": _whole(metrics.get("total_steps")),
            "epoch": metrics.get("epoch"),
            "loss": metrics.get("loss", metrics.get("train_loss")),
            "metrics": evaluated or None,
            "rows_per_second": metrics.get("rows_per_second"),
            "seconds_left": metrics.get("seconds_left"),
            "interruptions": training.interruptions,
        }
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
