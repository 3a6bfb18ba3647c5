from __future__ import annotations

import json

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import BUCKET, Local, wait_until

LOG_GROUP = "/aws/sagemaker/TrainingJobs"

WRITES_MODEL = """
import json, os, sys
print("argv", json.dumps(sys.argv[1:]))
model, output = os.environ["SM_MODEL_DIR"], os.environ["SM_OUTPUT_DATA_DIR"]
rows = open(os.environ["SM_CHANNEL_TRAIN"] + "/rows.jsonl").read()
open(model + "/weights.txt", "w").write(rows)
os.makedirs(model + "/code")
open(model + "/code/inference.py", "w").write("x = 1")
json.dump(dict(os.environ), open(output + "/environment.json", "w"))
print("[metric] train_loss=0.5")
print("[metric] train_loss=0.25")
"""


def train_channel(uri: str) -> list[dict[str, object]]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]


def test_a_job_reads_its_channel_and_leaves_model_output_logs_and_metrics(
    local: Local,
) -> None:
    local.put("data/a/rows.jsonl", b'{"text": "x"}\n')
    name = local.train(
        WRITES_MODEL,
        InputDataConfig=train_channel(f"s3://{BUCKET}/data/a/"),
        hyperparameters={"epochs": "2", "name": '"quoted"', "bare": "bare"},
        metrics=[{"Name": "train_loss", "Regex": r"train_loss=([0-9.]+)"}],
    )
    job = local.finished(name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    statuses = [item["Status"] for item in job["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert (
        job["ModelArtifacts"]["S3ModelArtifacts"]
        == f"s3://{BUCKET}/models/{name}/output/model.tar.gz"
    )
    model = local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])
    assert model == {"weights.txt": '{"text": "x"}\n', "code/inference.py": "x = 1"}
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [
        ("train_loss", 0.25)
    ]
    assert (
        'argv ["--bare", "bare", "--epochs", "2", "--name", "quoted"]'
        in local.log_lines(LOG_GROUP, f"{name}/algo-1-")
    )
    output = local.unpacked(f"s3://{BUCKET}/models/{name}/output/output.tar.gz")
    environment = json.loads(output["environment.json"])
    assert environment["SM_HP_EPOCHS"] == "2"
    assert environment["TRAINING_JOB_NAME"] == name


def test_a_script_that_raises_fails_the_job_with_its_last_lines(local: Local) -> None:
    job = local.finished(local.train("raise ValueError('no such column: label')"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "'
    )
    assert "ValueError: no such column: label" in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 1")


def test_a_failure_file_is_the_failure_reason_and_the_output_is_kept(
    local: Local,
) -> None:
    script = """
import os, sys
open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w").write("row 7 has no label")
open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "trace.txt"), "w").write("kept")
sys.exit(42)
"""
    name = local.train(script)
    job = local.finished(name)
    assert job["FailureReason"] == "AlgorithmError: row 7 has no label, exit code: 42"
    assert local.unpacked(f"s3://{BUCKET}/models/{name}/output/output.tar.gz") == {
        "trace.txt": "kept"
    }
    assert "ModelArtifacts" not in job


def test_a_killed_script_is_reported_as_out_of_memory(local: Local) -> None:
    job = local.finished(
        local.train("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    )
    assert (
        'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"'
        in job["FailureReason"]
    )
    assert job["FailureReason"].endswith(", exit code: 137")


def test_a_model_saved_before_the_kill_is_uploaded(local: Local) -> None:
    script = """
import os, time
print("ready", flush=True)
time.sleep(1)
open(os.environ["SM_MODEL_DIR"] + "/saved.txt", "w").write("in time")
time.sleep(60)
"""
    name = local.train(script)
    wait_for_line(local, name, "ready")
    local.sagemaker.stop_training_job(TrainingJobName=name)
    job = local.finished(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"]) == {
        "saved.txt": "in time"
    }
    with pytest.raises(
        ClientError, match="rejected because the training job is in status Stopped"
    ):
        local.sagemaker.stop_training_job(TrainingJobName=name)


def test_a_script_deaf_to_sigterm_is_killed_after_the_grace_with_its_children(
    local: Local,
) -> None:
    script = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""
    name = local.train(script)
    child = int(wait_for_line(local, name, "child ").split()[1])
    local.sagemaker.stop_training_job(TrainingJobName=name)
    assert local.job(name)["TrainingJobStatus"] == "Stopping"
    assert local.finished(name)["SecondaryStatus"] == "Stopped"
    wait_until(
        lambda: (
            not psutil.pid_exists(child)
            or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
        )
    )


def test_a_job_over_its_time_is_stopped(local: Local) -> None:
    name = local.train(
        "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1}
    )
    job = local.finished(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == (
        "Stopped",
        "MaxRuntimeExceeded",
    )


def test_an_unknown_image_fails_the_job_with_the_known_ones(local: Local) -> None:
    job = local.finished(
        local.train("", image="1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1")
    )
    assert job["FailureReason"] == (
        "ClientError: the local cloud has no training image for '1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1' "
        "(repository 'xgboost'). It can stand in for: huggingface-pytorch-training, pytorch-training."
    )


def test_a_source_archive_without_the_script_fails_the_job(local: Local) -> None:
    job = local.finished(
        local.train("", hyperparameters={"sagemaker_program": "main.py"})
    )
    assert job["FailureReason"] == (
        "ClientError: the source archive holds no 'main.py' (found train.py). "
        "Put the script where sagemaker_program says."
    )


def wait_for_line(local: Local, name: str, start: str) -> str:
    """The first line of the job's log that begins so."""
    lines: list[str] = []

    def look() -> bool:
        lines.extend(
            line for line in local.log_lines(LOG_GROUP, name) if line.startswith(start)
        )
        return bool(lines)

    wait_until(look)
    return lines[0]


def test_a_finished_job_leaves_only_its_log_on_the_disk(local: Local) -> None:
    name = local.train("print('done')")
    local.finished(name)
    folder = local.state / "jobs" / name
    wait_until(lambda: [path.name for path in folder.iterdir()] == ["job.log"])
    assert (folder / "job.log").read_text() == "done\n"
