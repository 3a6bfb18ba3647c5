"""The whole path on real data: reviews dropped, a model trained, judged, deployed and called over HTTP."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from contracts.locations import drop_prefix
from contracts.run_record import EvaluationSummary, Metrics, RunRecord
from localcloud import clients
from localcloud.clients import Api
from localcloud.cloud import LocalCloud
from localcloud.display import (
    GOOD_ENDINGS,
    parse_time,
    seconds_text,
    step_seconds,
    table,
)
from localcloud.errors import LocalCloudError, command_line
from localcloud.packaged_data import ROWS, demo_csv
from localcloud.watch import watch

MODEL = "movie-reviews"
KEY = f"{drop_prefix(MODEL)}reviews.csv"
MIN_ACCURACY = 0.77
APPEAR_SECONDS = 60
_POLL_SECONDS = 0.2
SENTENCES = (
    "A warm, witty film that stays with you long after the credits.",
    "Two hours of my life that I will never get back.",
    "The plot is thin, but the leads are so charming that you forgive everything.",
    "It looks gorgeous and has nothing whatsoever to say.",
    "Not the disaster that I expected: smart, brisk and often very funny.",
)


class DemoError(LocalCloudError):
    """The demo did not end as it promises."""


@dataclass(frozen=True)
class TimeSplit:
    """Where the seconds between the upload and the live model went."""

    total: float
    training_process: float
    steps: Sequence[tuple[str, float]]
    """States in order, with their seconds."""

    @property
    def outside(self) -> float:
        return self.total - self.training_process


def run(cloud: LocalCloud, screen: Console) -> None:
    """Raises `DemoError` unless the model is live and as good as promised."""
    with Api(cloud) as api:
        known_runs = {line["run"] for line in api.runs(MODEL)}
        screen.print(
            f"dropping {ROWS:,} film reviews as s3://{cloud.bucket}/{KEY}", markup=False
        )
        dropped = upload_drop(cloud, seed=len(known_runs))
        name = wait_for_run(api, known_runs)
        record = watch(cloud, api, name, screen)
        evaluation, training = record.evaluation, record.training
        if record.status not in GOOD_ENDINGS or evaluation is None:
            raise DemoError(
                f"expected run {name} to go live; it ended as {record.status.value!r}."
            )
        job = clients.sagemaker(cloud).describe_training_job(
            TrainingJobName=training.job
        )
        split = time_split(record, dropped, training_seconds(job))
        screen.print()
        show_result(
            evaluation, split, str(record.extra.get("base_model", "MiniLM")), screen
        )
        show_predictions(api, screen)
    problem = check(evaluation)
    if problem:
        raise DemoError(problem)
    screen.print(f"from drop to live: {seconds_text(split.total)}", markup=False)


def upload_drop(cloud: LocalCloud, seed: int) -> datetime:
    """Puts the CSV as a user would. Returns when."""
    body = demo_csv(seed)
    dropped = datetime.now(UTC)
    clients.s3(cloud).put_object(
        Bucket=cloud.bucket, Key=KEY, Body=body, ContentType="text/csv"
    )
    return dropped


def wait_for_run(api: Api, known_runs: set[str]) -> str:
    """The name of the demo's first run that is not among `known_runs`. Raises `DemoError` if none comes in time."""
    deadline = time.monotonic() + APPEAR_SECONDS
    while time.monotonic() < deadline:
        for line in api.runs(MODEL):
            if line["run"] not in known_runs:
                return str(line["run"])
        time.sleep(_POLL_SECONDS)
    raise DemoError(
        f"expected a run of {MODEL!r} within {APPEAR_SECONDS} s of the drop; found none. "
        f"See `{command_line('logs inspect')}` and `{command_line('logs engine')}`."
    )


def training_seconds(job: Mapping[str, Any]) -> float:
    """How long the training process itself ran: the job's `Training` phases, without download and upload."""
    total = 0.0
    for phase in job.get("SecondaryStatusTransitions", []):
        if phase["Status"] == "Training" and "EndTime" in phase:
            total += (phase["EndTime"] - phase["StartTime"]).total_seconds()
    return total


def time_split(
    record: RunRecord, dropped: datetime, process_seconds: float
) -> TimeSplit:
    """Of a run that has ended; `dropped` is the time of the upload."""
    waited = (parse_time(record.started_at) - dropped).total_seconds()
    total = (parse_time(record.ended_at or record.updated_at) - dropped).total_seconds()
    steps = [("event, settling", max(0.0, waited)), *step_seconds(record)[:-1]]
    return TimeSplit(total, process_seconds, steps)


def check(evaluation: EvaluationSummary) -> str | None:
    """What is wrong with the result, or None."""
    accuracy = evaluation.model["accuracy"] or 0.0
    if accuracy < MIN_ACCURACY:
        return f"expected an accuracy of at least {MIN_ACCURACY}; found {accuracy:.3f}."
    reference = evaluation.baselines.get("reference")
    if reference:
        baseline = reference.metrics["accuracy"] or 0.0
        if accuracy <= baseline:
            return f"expected more than {reference.name}'s {baseline:.3f}; found {accuracy:.3f}."
    return None


# ---- what is shown -------------------------------------------------------------------------------------------------


def show_result(
    evaluation: EvaluationSummary, split: TimeSplit, base_model: str, screen: Console
) -> None:
    title = f"On {evaluation.rows:,} held-out rows"
    screen.print(
        table(
            title, ("", "accuracy", "macro F1"), evaluation_rows(evaluation, base_model)
        )
    )
    columns = ("seconds from drop to live", "total", "training process", "outside it")
    screen.print(table("Where the time went", columns, split_rows(split)))


def evaluation_rows(
    evaluation: EvaluationSummary, base_model: str
) -> list[tuple[str, ...]]:
    """The model and its baselines with their metrics."""
    rows = [_metrics_row(f"{base_model}, fine-tuned", evaluation.model)]
    for name in ("reference", "trivial"):
        baseline = evaluation.baselines.get(name)
        if baseline:
            rows.append(_metrics_row(baseline.name, baseline.metrics))
    return rows


def _metrics_row(name: str, metrics: Metrics) -> tuple[str, ...]:
    return (name, f"{metrics['accuracy']:.3f}", f"{metrics['macro_f1']:.3f}")


def split_rows(split: TimeSplit) -> list[tuple[str, ...]]:
    """A row for each state and one for the totals: seconds in all, in the training process, outside it."""
    rows: list[tuple[str, ...]] = []
    for step, seconds in split.steps:
        inside = split.training_process if step == "training" else 0.0
        inside_text = f"{inside:.1f}" if inside else ""
        outside = max(0.0, seconds - inside)
        rows.append((step, f"{seconds:.1f}", inside_text, f"{outside:.1f}"))
    rows.append(
        (
            "total",
            f"{split.total:.1f}",
            f"{split.training_process:.1f}",
            f"{split.outside:.1f}",
        )
    )
    return rows


def show_predictions(api: Api, screen: Console) -> None:
    started = time.perf_counter()
    answers = [api.predict(MODEL, sentence)[0] for sentence in SENTENCES]
    milliseconds = (time.perf_counter() - started) / len(SENTENCES) * 1000
    rows = []
    for sentence, answer in zip(SENTENCES, answers, strict=True):
        rows.append((sentence, answer["label"], f"{answer['score']:.3f}"))
    screen.print(table("Predictions over HTTP", ("", "label", "score"), rows))
    screen.print(
        f"{milliseconds:.0f} ms each, through API Gateway with the key. The same by hand:",
        markup=False,
    )
    screen.print(
        f"  {curl_command(api.url, MODEL, SENTENCES[0])}\n",
        markup=False,
        soft_wrap=True,
    )


def curl_command(api_url: str, model: str, text: str) -> str:
    body = json.dumps({"inputs": text})
    return f'curl -H "x-api-key: $TRAINDROP_API_KEY" {api_url}/models/{model}/predict -d {shlex.quote(body)}'
