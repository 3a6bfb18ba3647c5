"""The views of what a run's training job left for programs: its log with the numbers in it, and its evaluation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aws_lambda_powertools.event_handler import Response

from contracts import locations
from contracts.metric_lines import parse_metric_line
from functions.adapters import clients
from functions.api.calls import json_answer, query, require_run
from functions.api.errors import ApiError
from functions.api.queries import LIMIT, limit_of

READ_LINES = 5_000
MAX_POINTS = 500

Point = dict[str, float]


def show_log(run: str) -> Response[str]:
    """Empty lists where the run has no training job, or its log is gone."""
    limit = limit_of(query().get(LIMIT))
    record = require_run(run)
    job = record.training.job
    lines = clients.logs().of_job(job, READ_LINES) if job else []
    texts = [line for line in lines if parse_metric_line(line) is None]
    return json_answer(
        {
            "run": record.run,
            "job": job or None,
            "lines": texts[-limit:],
            "points": thinned(points_of(lines)),
        }
    )


def show_evaluation(run: str) -> Response[str]:
    """`evaluation.json` as the job wrote it, which docs/evaluation.schema.json describes."""
    record, storage = require_run(run), clients.storage()
    key = locations.document_key(record.run, locations.EVALUATION)
    if record.evaluation is None or not storage.exists(key):
        message = (
            f"There is no evaluation of the run {record.run!r} ({record.status}): its job writes it when the training "
            "has ended, one with a training script of its own does not, and it is removed with the release."
        )
        raise ApiError(404, "no_evaluation", message)
    return json_answer(storage.read_bytes(key).decode("utf-8", "replace"))


def points_of(lines: Sequence[str]) -> list[Point]:
    """One for each line with a step; a step that is reported again takes the place of the earlier one."""
    points: dict[float, Point] = {}
    for line in lines:
        values = parse_metric_line(line) or {}
        if "step" in values:
            numbers = {k: v for k, v in values.items() if math.isfinite(v)}
            points[values["step"]] = points.get(values["step"], {}) | numbers
    return [points[step] for step in sorted(points)]


def thinned(points: Sequence[Point]) -> list[Point]:
    """Every n-th point; those with results on held-out rows, which are few, and the last one all stay."""
    every = math.ceil(len(points) / MAX_POINTS) or 1
    return [
        point
        for index, point in enumerate(points)
        if index % every == 0 or index == len(points) - 1 or _is_evaluation(point)
    ]


def _is_evaluation(point: Point) -> bool:
    return any(name.startswith("eval_") for name in point)
