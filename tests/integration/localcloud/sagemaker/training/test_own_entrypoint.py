"""Jobs that bring the program of their container, in a namespace with `/opt/ml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker.training import own_entrypoint
from tests.integration.localcloud.sagemaker.conftest import (
    TRAINING_IMAGE,
    Local,
    wait_until,
)

pytestmark = pytest.mark.skipif(
    bool(own_entrypoint.lack()), reason=own_entrypoint.lack()
)
LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def begin(local: Local, script: str, **more: Any) -> str:
    algorithm: Any = {
        "TrainingImage": TRAINING_IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": ["-c", script],
    }
    return local.train("", AlgorithmSpecification=algorithm, **more)


def channel(name: str, uri: str) -> Any:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def test_the_program_finds_the_paths_and_the_host_of_a_container(local: Local) -> None:
    uri = local.put("rows/a.txt", b"row")
    script = """
set -e
cat /opt/ml/input/data/train/a.txt > /opt/ml/model/seen
cat /opt/ml/input/config/hyperparameters.json > /opt/ml/output/data/parameters
echo "$GREETING $TRAINING_JOB_NAME" > /opt/ml/model/variables
id -u > /opt/ml/model/user
ls /opt > /opt/ml/model/opt
python3 -c 'import socket; print(socket.gethostbyname("algo-1"))' > /opt/ml/model/host
python3 -c 'import transformers, sys; print(sys.prefix)' > /opt/ml/model/prefix
pip3 --version && torchrun --help > /dev/null
"""
    code = local.put("drivers/train.sh", script.encode())
    name = begin(
        local,
        "source /opt/ml/input/data/code/train.sh",
        InputDataConfig=[channel("train", uri), channel("code", code)],
        Environment={"GREETING": "/opt/ml/model"},
    )
    job = local.finished(name, 120)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    model = local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])
    assert model["seen"] == "row"
    assert model["variables"] == f"/opt/ml/model {name}\n"
    assert model["user"] == "0\n"
    assert model["host"] == "127.0.0.1\n"
    assert name in model["prefix"]
    others = {path.name for path in Path("/opt").iterdir() if path.name != "ml"}
    assert set(model["opt"].split()) == {*others, "ml"}
    output = local.unpacked(f"s3://jobs/models/{name}/output/output.tar.gz")
    assert "sagemaker_program" in output["parameters"]
    folder = local.state / "jobs" / name
    wait_until(lambda: [path.name for path in folder.iterdir()] == ["job.log"])


def test_the_reason_of_a_failure_is_what_the_program_wrote(local: Local) -> None:
    script = "echo 'no rows' > /opt/ml/output/failure; exit 3"
    job = local.finished(begin(local, script))
    assert job["FailureReason"] == "AlgorithmError: no rows, exit code: 3"


def test_without_a_word_of_its_own_the_command_is_named(local: Local) -> None:
    job = local.finished(begin(local, "echo broken >&2; exit 4"))
    assert 'ErrorMessage "broken"' in job["FailureReason"]
    assert "Command \"/bin/bash -c 'echo broken" in job["FailureReason"]


def test_a_stopped_program_leaves_nothing_running(local: Local) -> None:
    name = begin(local, "echo running; sleep 317; true")
    wait_until(lambda: "running" in local.log_lines(LOG_GROUP, name), 60)
    local.sagemaker.stop_training_job(TrainingJobName=name)
    assert local.finished(name, 60)["TrainingJobStatus"] == "Stopped"
    assert not any(b"sleep\x00317" in line for line in command_lines())


def command_lines() -> list[bytes]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return lines
