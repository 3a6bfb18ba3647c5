"""Training that raises, a model process that is killed, a local cloud that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from tests.e2e.client import Cloud, command, eventually
from tests.e2e.conftest import BASE_MODEL
from tests.e2e.drops import reviews

ENDED = frozenset({"live", "kept back", "failed"})
CONFIG = f"base-models/{BASE_MODEL}/config.json"


def ended_run(cloud: Cloud, run: str) -> dict[str, Any] | None:
    record: dict[str, Any] = cloud.run(run)
    return record if record["status"] in ENDED else None


def retry(cloud: Cloud, run: str) -> dict[str, Any] | None:
    """The run in its next try; None while it cannot be retried yet."""
    answer = cloud.http.post(f"/runs/{run}/retry")
    page: dict[str, Any] = answer.json()
    return page if answer.status_code == 202 else None


@contextmanager
def damaged_base_model(cloud: Cloud) -> Iterator[None]:
    """No training can read the base model's configuration meanwhile."""
    good = cloud.s3.get_object(Bucket=cloud.bucket, Key=CONFIG)["Body"].read()
    cloud.s3.put_object(Bucket=cloud.bucket, Key=CONFIG, Body=b"{not json")
    try:
        yield
    finally:
        cloud.s3.put_object(Bucket=cloud.bucket, Key=CONFIG, Body=good)


@pytest.fixture(scope="module")
def failed(cloud: Cloud, live: str) -> dict[str, Any]:
    """The record of a run of the live model whose training raised."""
    earlier = [run["run"] for run in cloud.runs(live)]
    champion = cloud.http.get(f"/models/{live}").json()["champion"]
    with damaged_base_model(cloud):
        cloud.drop(live, reviews(seed=9))
        record = cloud.ended(live, besides=earlier)
    assert record["status"] == "failed"
    assert cloud.http.get(f"/models/{live}").json()["champion"] == champion
    return record


def test_training_that_raises_is_explained_and_harms_nothing(
    cloud: Cloud, live: str, failed: dict[str, Any]
) -> None:
    failure = failed["failure"]
    assert failure["step"] == "train"
    assert "config.json" in failure["cause"]
    assert failure["remedy"]
    assert failure["log_tail"]
    assert cloud.predict(live, "great lovely film").status_code == 200
    assert not any(
        failed["run"] in name for name in [*cloud.configs(), *cloud.models()]
    )


@pytest.mark.slow
def test_it_goes_on_by_a_retry(cloud: Cloud, failed: dict[str, Any]) -> None:
    """As the run of a killed cloud does, below, but because somebody asks for it."""
    run = failed["run"]
    retried = eventually("the run is retried", lambda: retry(cloud, run))
    assert [item["failure"] for item in retried["tries"]] == [failed["failure"]]
    ended = eventually("the retry has ended", lambda: ended_run(cloud, run))
    assert ended["status"] in {"live", "kept back"}, ended.get("failure")
    assert ended["training"]["number"] == failed["training"]["number"] + 1


def model_servers(cloud: Cloud) -> list[psutil.Process]:
    """The endpoint's processes of this cloud and no other."""
    state, processes = str(cloud.state), []
    for process in psutil.process_iter(["cmdline"]):
        try:
            if "inference.server" in (
                process.info["cmdline"] or []
            ) and state in " ".join(process.environ().values()):
                processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return processes


def test_a_killed_model_process_comes_back_by_itself(cloud: Cloud, live: str) -> None:
    before = model_servers(cloud)
    assert before
    for process in before:
        process.kill()
    answered = eventually(
        "the model answers",
        lambda: cloud.predict(live, "fine film").status_code == 200,
        60,
    )
    assert answered
    assert {process.pid for process in model_servers(cloud)}.isdisjoint(
        process.pid for process in before
    )


def cloud_processes(cloud: Cloud) -> list[psutil.Process]:
    modules = {"localcloud.engine", "localcloud.sagemaker"}
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if modules & set(process.info["cmdline"] or [])
        and str(cloud.state) in " ".join(process.info["cmdline"])
    ]


def test_a_killed_cloud_comes_back_with_everything_and_the_interrupted_run_goes_on(
    cloud: Cloud, live: str
) -> None:
    earlier = [run["run"] for run in cloud.runs(live)]
    cloud.drop(live, reviews(seed=11))
    interrupted = eventually(
        "the run trains",
        lambda: next(
            (
                run
                for run in cloud.runs(live)
                if run["run"] not in earlier and run["status"] == "training"
            ),
            None,
        ),
    )["run"]
    first_job = eventually(
        "the job is in the ledger",
        lambda: cloud.run(interrupted).get("training", {}).get("job"),
    )
    cloud.drop("not-yet-seen", b"text,label\nonly one,row\n")
    killed = cloud_processes(cloud)
    assert len(killed) == 2
    for process in killed:
        process.kill()
    command("up", "--state", str(cloud.state), "--parameter", f"BaseModel={BASE_MODEL}")
    record = eventually(
        "the run has ended",
        lambda: ended_run(cloud, interrupted),
    )
    assert record["status"] in {"live", "kept back"}, record.get("failure")
    assert record["training"]["job"] != first_job
    (before,) = record["tries"]
    assert (before["status"], before["training_job"]) == ("training", first_job)
    eventually(
        "the champion answers",
        lambda: cloud.predict(live, "fine film").status_code == 200,
        60,
    )
    assert cloud.ended("not-yet-seen")["status"] == "rejected"


def test_a_run_is_stopped_while_it_trains(cloud: Cloud) -> None:
    model = "stopped-notes"
    cloud.drop(model, reviews(seed=8))

    def training() -> str | None:
        runs = cloud.runs(model)
        is_training = bool(runs) and runs[0]["status"] == "training"
        run = str(runs[0]["run"]) if is_training else None
        return run if run and log_streams(cloud, run) else None

    run = eventually("the job has started and logs", training)
    answer = cloud.http.post(f"/runs/{run}/stop")
    assert answer.status_code == 202, answer.text
    record = cloud.ended(model)
    assert record["status"] == "stopped", record
    assert record["failure"]["leftovers"] == []
    page = cloud.http.get(f"/models/{model}").json()
    assert "active_run" not in page

    def has_stopped() -> bool:
        statuses = jobs_of(cloud, record)
        return statuses == ["Stopped"]

    eventually("the job has stopped", has_stopped)
    assert cloud.http.post(f"/runs/{run}/stop").status_code == 200

    removed = cloud.http.delete(f"/runs/{run}/data")
    assert (removed.status_code, removed.json()["status"]) == (200, "stopped")
    assert log_streams(cloud, run) == []
    assert cloud.keys(f"runs/{run}/") == []


def log_streams(cloud: Cloud, run: str) -> list[str]:
    """Of a run's training jobs."""
    group = "/aws/sagemaker/TrainingJobs"
    pages = cloud.boto("logs").get_paginator("describe_log_streams")
    names = [
        stream["logStreamName"]
        for page in pages.paginate(logGroupName=group)
        for stream in page["logStreams"]
    ]
    return [name for name in names if run in name]


def jobs_of(cloud: Cloud, run: dict[str, Any]) -> list[str]:
    """The statuses of a run's training jobs."""
    return [
        cloud.sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
        for name in cloud.jobs()
        if run["run"] in name
    ]
