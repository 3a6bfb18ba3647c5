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

from localcloud import clients
from localcloud.clients import Api
from localcloud.cloud import Cloud
from localcloud.display import GOOD, moment, seconds_text, step_seconds, table
from localcloud.errors import LocalCloudError, command
from localcloud.packaged_data import ROWS, demo_csv
from localcloud.watch import watch

MODEL = "movie-reviews"
KEY = f"datasets/{MODEL}/reviews.csv"
MIN_ACCURACY = 0.77
APPEAR_SECONDS = 60
SENTENCES = (
    "A warm, witty film that stays with you long after the credits.",
    "Two hours of my life that I will never get back.",
    "The plot is thin, but the leads are so charming that you forgive everything.",
    "It looks gorgeous and has nothing whatsoever to say.",
    "Not the disaster that I expected: smart, brisk and often very funny.",
)

Record = Mapping[str, Any]


class DemoError(LocalCloudError):
    """The demo did not end as it promises."""


@dataclass(frozen=True)
class Split:
    """Where the seconds between the upload and the live model went."""

    total: float
    training_process: float
    steps: Sequence[tuple[str, float]]

    @property
    def outside(self) -> float:
        return self.total - self.training_process


def drop(cloud: Cloud, seed: int) -> datetime:
    """Puts the CSV as a user would; returns when."""
    body = demo_csv(seed)
    at = datetime.now(UTC)
    clients.s3(cloud).put_object(Bucket=cloud.bucket, Key=KEY, Body=body, ContentType="text/csv")
    return at


def new_run(api: Api, known: set[str]) -> str:
    deadline = time.monotonic() + APPEAR_SECONDS
    while time.monotonic() < deadline:
        if fresh := [run["run"] for run in api.runs(MODEL) if run["run"] not in known]:
            return str(fresh[0])
        time.sleep(0.2)
    raise DemoError(
        f"expected a run of {MODEL!r} within {APPEAR_SECONDS} s of the drop; found none. "
        f"See `{command('logs inspect')}` and `{command('logs engine')}`."
    )


def process_seconds(job: Record) -> float:
    """How long the training process itself ran: the job's `Training` phases, without download and upload."""
    phases = [phase for phase in job.get("SecondaryStatusTransitions", []) if phase["Status"] == "Training"]
    return float(sum((phase["EndTime"] - phase["StartTime"]).total_seconds() for phase in phases if "EndTime" in phase))


def time_split(record: Record, dropped: datetime, process: float) -> Split:
    steps = step_seconds(record)
    waited = (moment(record["started_at"]) - dropped).total_seconds()
    total = (moment(record["ended_at"]) - dropped).total_seconds()
    return Split(total, process, [("event, settling", max(0.0, waited)), *steps[:-1]])


def check(evaluation: Record) -> str | None:
    """What is wrong with the result, or None."""
    accuracy = evaluation["model"]["accuracy"]
    reference = evaluation["baselines"].get("reference") or {}
    if accuracy < MIN_ACCURACY:
        return f"expected an accuracy of at least {MIN_ACCURACY}; found {accuracy:.3f}."
    if reference and accuracy <= reference["metrics"]["accuracy"]:
        return f"expected more than {reference['name']}'s {reference['metrics']['accuracy']:.3f}; found {accuracy:.3f}."
    return None


def evaluation_rows(evaluation: Record, base_model: str) -> list[tuple[str, ...]]:
    baselines = evaluation["baselines"]
    scored = [(f"{base_model}, fine-tuned", evaluation["model"])]
    scored += [(part["name"], part["metrics"]) for name in ("reference", "trivial") if (part := baselines.get(name))]
    return [(name, f"{metrics['accuracy']:.3f}", f"{metrics['macro_f1']:.3f}") for name, metrics in scored]


def split_rows(split: Split) -> list[tuple[str, ...]]:
    rows = []
    for step, seconds in split.steps:
        inside = split.training_process if step == "training" else 0.0
        rows.append((step, f"{seconds:.1f}", f"{inside:.1f}" if inside else "", f"{max(0.0, seconds - inside):.1f}"))
    total = ("total", f"{split.total:.1f}", f"{split.training_process:.1f}", f"{split.outside:.1f}")
    return [*rows, total]


def curl(api_url: str, model: str, text: str) -> str:
    body = json.dumps({"inputs": text})
    return f'curl -H "x-api-key: $TRAINDROP_API_KEY" {api_url}/models/{model}/predict -d {shlex.quote(body)}'


def show_predictions(api: Api, screen: Console) -> None:
    started = time.perf_counter()
    answers = [api.predict(MODEL, sentence)[0] for sentence in SENTENCES]
    each = (time.perf_counter() - started) / len(SENTENCES) * 1000
    rows = [(text, answer["label"], f"{answer['score']:.3f}") for text, answer in zip(SENTENCES, answers, strict=True)]
    screen.print(table("Predictions over HTTP", ("", "label", "score"), rows))
    screen.print(f"{each:.0f} ms each, through API Gateway with the key. The same by hand:", markup=False)
    screen.print(f"  {curl(api.url, MODEL, SENTENCES[0])}\n", markup=False, soft_wrap=True)


def show_result(record: Record, split: Split, base_model: str, screen: Console) -> None:
    evaluation = record["evaluation"]
    title = f"On {evaluation['rows']:,} held-out rows"
    screen.print(table(title, ("", "accuracy", "macro F1"), evaluation_rows(evaluation, base_model)))
    columns = ("seconds from drop to live", "total", "training process", "outside it")
    screen.print(table("Where the time went", columns, split_rows(split)))


def run(cloud: Cloud, screen: Console) -> None:
    """Raises `DemoError` unless the model is live and as good as promised."""
    with Api(cloud) as api:
        known = {run["run"] for run in api.runs(MODEL)}
        screen.print(f"dropping {ROWS:,} film reviews as s3://{cloud.bucket}/{KEY}", markup=False)
        dropped = drop(cloud, seed=len(known))
        name = new_run(api, known)
        record = watch(cloud, api, name, screen)
        if record["status"] not in GOOD or "evaluation" not in record:
            raise DemoError(f"expected run {name} to go live; it ended as {record['status']!r}.")
        job = clients.sagemaker(cloud).describe_training_job(TrainingJobName=record["training"]["job"])
        split = time_split(record, dropped, process_seconds(job))
        screen.print()
        show_result(record, split, str(record.get("base_model", "MiniLM")), screen)
        show_predictions(api, screen)
    if problem := check(record["evaluation"]):
        raise DemoError(problem)
    screen.print(f"from drop to live: {seconds_text(split.total)}", markup=False)
