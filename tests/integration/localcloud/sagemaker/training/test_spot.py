"""Spot jobs whose machine is taken away."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from contracts.metric_lines import metric_definitions
from contracts.run_record import RunRecord
from localcloud import clients
from localcloud.clients import ApiError, NotInterruptedError
from localcloud.cloud import LocalCloud
from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    Local,
    running,
    wait_until,
)
from tests.integration.training.job import Job
from tests.integration.training.resuming import with_dropout
from tests.unit.localcloud.runs import a_run

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
}

COUNTS = """
import os, sys, time
from pathlib import Path

base = Path(os.environ["SAGEMAKER_BASE_DIR"])
kept = base / "checkpoints" / "checkpoint-1" / "count"
done = int(kept.read_text()) if kept.is_file() else 0
print("life from", done, "leftovers", sorted(path.name for path in (base / "model").iterdir()), flush=True)
(base / "model" / "weights").write_text(f"half of {done}")
wanted = int(sys.argv[sys.argv.index("--steps") + 1])
while done < wanted:
    done += 1
    print(f"step={done}", flush=True)
    if done % 3 == 0 and done < wanted:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(done))
        print(f"saved={done}", flush=True)
        time.sleep(600)
(base / "model" / "weights").write_text(str(done))
"""
"""Saves every third step, and waits there to be killed."""


@pytest.fixture(scope="module")
def spot(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    options = (
        "--stop-grace",
        "0.3",
        "--capacity-wait",
        "0.2",
        "--checkpoint-interval",
        "0.3",
    )
    yield from running(engine, tmp_path_factory.mktemp("spot"), *options)


def interrupt(local: Local, name: str) -> tuple[int, Any]:
    request = local.request(f"/training-jobs/{name}/interruption")
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def checkpoints() -> dict[str, str]:
    return {"S3Uri": f"s3://{BUCKET}/spot/{uuid.uuid4().hex}/"}


def wait_for_status(local: Local, name: str, status: str) -> None:
    wait_until(lambda: local.job(name)["SecondaryStatus"] == status)


def wait_for(
    local: Local, name: str, text: str, count: int = 1, seconds: float = 30.0
) -> None:
    """Until the job trains and has printed a text so many times."""
    wait_for_status(local, name, "Training")
    log = local.state / "jobs" / name / "job.log"
    # Each machine begins the log anew, a moment after its status becomes Training.
    wait_until(lambda: log.is_file() and log.read_text().count(text) >= count, seconds)


def statuses(job: Any) -> list[str]:
    return [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def test_an_interrupted_job_starts_on_another_machine_with_its_checkpoints_and_nothing_else(
    spot: Local,
) -> None:
    metrics = [{"Name": "step", "Regex": "step=([0-9]+)"}]
    name = spot.train(
        COUNTS,
        **SPOT,
        CheckpointConfig=checkpoints(),
        hyperparameters={"steps": "8"},
        metrics=metrics,
    )
    for step in (3, 6):
        wait_for(spot, name, f"saved={step}")
        assert interrupt(spot, name) == (202, {"TrainingJobName": name})
    job = spot.finished(name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    life = ["Starting", "Downloading", "Training"]
    assert statuses(job) == [
        *life,
        "Interrupted",
        *life,
        "Interrupted",
        *life,
        "Uploading",
        "Completed",
    ]
    assert spot.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"weights": "8"}
    assert [
        (metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]
    ] == [("step", 8.0)]
    assert job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]
    lines = spot.log_lines(LOG_GROUP, f"{name}/")
    assert [line for line in lines if line.startswith("life")] == [
        "life from 0 leftovers []",
        "life from 3 leftovers []",
        "life from 6 leftovers []",
    ]


LISTENS = """
import os, signal, sys, time
from pathlib import Path
folder = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "checkpoints"
def save(*_):
    (folder / "told").write_text("1")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
if (folder / "life").exists():
    print("life 2", sorted(path.name for path in folder.iterdir()), flush=True)
    sys.exit(0)
(folder / "life").write_text("1")
print("ready", flush=True)
time.sleep(60)
"""


def test_the_warning_does_not_reach_the_script(spot: Local) -> None:
    name = spot.train(LISTENS, **SPOT, CheckpointConfig=checkpoints())
    wait_for(spot, name, "ready")
    assert interrupt(spot, name)[0] == 202
    assert spot.finished(name)["TrainingJobStatus"] == "Completed"
    assert "life 2 ['life']" in spot.log_lines(LOG_GROUP, f"{name}/")


def test_a_stop_does_not_reach_the_script_either(spot: Local) -> None:
    config = checkpoints()
    name = spot.train(LISTENS, CheckpointConfig=config)
    wait_for(spot, name, "ready")
    spot.sagemaker.stop_training_job(TrainingJobName=name)
    assert spot.finished(name)["TrainingJobStatus"] == "Stopped"
    prefix = config["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    objects = spot.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    assert [item["Key"] for item in objects] == [f"{prefix}life"]


def test_only_a_spot_job_on_a_machine_can_be_interrupted(spot: Local) -> None:
    plain, ended = spot.train(""), spot.train("", **SPOT)
    for name in (plain, ended):
        spot.finished(name)
    assert interrupt(spot, plain) == (
        400,
        {
            "message": f"Expected a job with EnableManagedSpotTraining; {plain} has none, and keeps its machine. "
            "Set spot: true in traindrop.yaml, or UseSpot of the stack."
        },
    )
    assert interrupt(spot, ended) == (
        400,
        {
            "message": f"Expected a job that is on a machine (Downloading or Training); {ended} is Completed."
        },
    )
    assert interrupt(spot, "nobody") == (
        400,
        {"message": "Requested resource not found."},
    )


class Api:
    """Stands for the deployed API, which knows the job of one run."""

    runs: ClassVar[dict[str, str]] = {}

    def __init__(self, cloud: LocalCloud) -> None: ...

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None: ...

    def run(self, name: str) -> RunRecord:
        if name not in self.runs:
            raise ApiError(404, f"GET /runs/{name}", "")
        return a_run(training={"job": self.runs[name]})


def test_the_command_takes_the_name_of_a_run_or_of_a_job(
    spot: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "Api", Api)
    cloud = LocalCloud(spot.state, ports={"sagemaker": spot.port}, secret="test")
    job = spot.train(
        COUNTS, **SPOT, CheckpointConfig=checkpoints(), hyperparameters={"steps": "8"}
    )
    monkeypatch.setitem(Api.runs, "films-1", job)
    for step, name in ((3, "films-1"), (6, job)):
        wait_for(spot, job, f"saved={step}")
        assert clients.interrupt_job(cloud, name) == job
    assert spot.finished(job)["TrainingJobStatus"] == "Completed"
    with pytest.raises(NotInterruptedError, match=f"{job} is Completed"):
        clients.interrupt_job(cloud, job)


def test_a_stop_while_a_job_waits_for_a_machine_ends_it(
    engine: str, tmp_path: Path
) -> None:
    local = running(engine, tmp_path, "--stop-grace", "0.3", "--capacity-wait", "60")
    spot = next(local)
    limits = {
        "StoppingCondition": {"MaxRuntimeInSeconds": 8, "MaxWaitTimeInSeconds": 8}
    }
    names = [
        spot.train("import time; time.sleep(60)", **SPOT | more)
        for more in ({}, limits)
    ]
    for name in names:
        wait_for_status(spot, name, "Training")
        assert interrupt(spot, name)[0] == 202
        wait_for_status(spot, name, "Interrupted")
    spot.sagemaker.stop_training_job(TrainingJobName=names[0])
    stopped, late = (spot.finished(name) for name in names)
    assert (stopped["TrainingJobStatus"], stopped["SecondaryStatus"]) == (
        "Stopped",
        "Stopped",
    )
    assert (late["TrainingJobStatus"], late["SecondaryStatus"]) == (
        "Stopped",
        "MaxWaitTimeExceeded",
    )
    assert next(local, None) is None


def test_a_spot_job_says_how_long_it_may_wait(spot: Local) -> None:
    for condition in (
        {"MaxRuntimeInSeconds": 60},
        {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
    ):
        with pytest.raises(ClientError, match="Invalid MaxWaitTimeInSeconds"):
            spot.train("", EnableManagedSpotTraining=True, StoppingCondition=condition)


def test_a_checkpoint_that_is_deleted_here_stays_in_s3(spot: Local) -> None:
    script = """
import os, shutil, time
folder = os.path.join(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
for number in (1, 2):
    os.makedirs(f"{folder}/checkpoint-{number}", exist_ok=True)
    open(f"{folder}/checkpoint-{number}/state.txt", "w").write("x")
time.sleep(2)
shutil.rmtree(folder + "/checkpoint-1")
"""
    config = checkpoints()
    assert (
        spot.finished(spot.train(script, CheckpointConfig=config))["TrainingJobStatus"]
        == "Completed"
    )
    prefix = config["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    objects = spot.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    keys = [item["Key"].removeprefix(prefix) for item in objects]
    assert keys == ["checkpoint-1/state.txt", "checkpoint-2/state.txt"]


@pytest.mark.slow
def test_a_training_interrupted_twice_ends_with_the_model_of_one_that_was_not(
    spot: Local, tmp_path: Path
) -> None:
    settings = {
        "train_batch_size": 8,
        "epochs": 6,
        "min_steps": 0,
        "early_stopping_patience": 6,
    }
    job = Job.prepare(tmp_path / "job", validation=24, **settings, checkpoint_seconds=0)
    with_dropout(job.channel("base"))
    whole, parts = (start(spot, job) for _ in range(2))
    for saved in (5, 20):
        wait_for(spot, parts, "Saved a checkpoint", saved, 120)
        assert interrupt(spot, parts)[0] == 202
        wait_until(
            lambda: spot.job(parts)["SecondaryStatus"] in ("Interrupted", "Starting"),
            60,
        )
    one, other = (spot.finished(name, 180) for name in (whole, parts))
    assert [job["TrainingJobStatus"] for job in (one, other)] == [
        "Completed",
        "Completed",
    ]
    assert (
        statuses(one).count("Interrupted"),
        statuses(other).count("Interrupted"),
    ) == (0, 2)
    assert weights(spot, one) == weights(spot, other)
    assert final(one) == final(other)
    assert final(other)["eval_accuracy"] > 0.9
    assert (
        len(
            [
                line
                for line in spot.log_lines(LOG_GROUP, f"{parts}/")
                if "Going on from the checkpoint at step" in line
            ]
        )
        == 2
    )


def weights(local: Local, job: Any) -> bytes:
    with tarfile.open(
        fileobj=io.BytesIO(local.get(job["ModelArtifacts"]["S3ModelArtifacts"]))
    ) as content:
        file = content.extractfile("model.safetensors")
        assert file
        return file.read()


def final(job: Any) -> dict[str, float]:
    return {
        metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]
    }


def start(local: Local, job: Job) -> str:
    """The real training source as a spot job of its own checkpoints."""
    channels = []
    for folder in sorted((job.base / "input" / "data").iterdir()):
        prefix = f"spot-data/{folder.name}"
        for path in folder.rglob("*"):
            if path.is_file():
                local.put(
                    f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes()
                )
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}/"}
        channels.append(
            {"ChannelName": folder.name, "DataSource": {"S3DataSource": source}}
        )
    code = job.base / "code"
    files = {
        path.relative_to(code).as_posix(): path.read_bytes()
        for path in code.rglob("*")
        if path.is_file()
    }
    script = files.pop("train.py").decode()
    names = ("eval_accuracy", "eval_macro_f1", "eval_loss", "total_steps")
    return local.train(
        script,
        files=files,
        InputDataConfig=channels,
        CheckpointConfig=checkpoints(),
        metrics=metric_definitions(names),
        Environment={"OMP_NUM_THREADS": "1"},
        **SPOT,
    )
