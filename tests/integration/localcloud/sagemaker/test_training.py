from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import BUCKET, TRAINING_IMAGE, Local, wait_until

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
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]


def test_a_job_reads_its_channel_and_leaves_model_output_logs_and_metrics(local: Local) -> None:
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
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/models/{name}/output/model.tar.gz"
    model = local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"])
    assert model == {"weights.txt": '{"text": "x"}\n', "code/inference.py": "x = 1"}
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("train_loss", 0.25)]
    assert 'argv ["--bare", "bare", "--epochs", "2", "--name", "quoted"]' in local.log_lines(
        LOG_GROUP, f"{name}/algo-1-"
    )
    output = local.unpacked(f"s3://{BUCKET}/models/{name}/output/output.tar.gz")
    environment = json.loads(output["environment.json"])
    assert environment["SM_HP_EPOCHS"] == "2"
    assert environment["TRAINING_JOB_NAME"] == name


def test_a_script_that_raises_fails_the_job_with_its_last_lines(local: Local) -> None:
    job = local.finished(local.train("raise ValueError('no such column: label')"))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith('AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "')
    assert "ValueError: no such column: label" in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 1")


def test_a_failure_file_is_the_failure_reason_and_the_output_is_kept(local: Local) -> None:
    script = """
import os, sys
open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w").write("row 7 has no label")
open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "trace.txt"), "w").write("kept")
sys.exit(42)
"""
    name = local.train(script)
    job = local.finished(name)
    assert job["FailureReason"] == "AlgorithmError: row 7 has no label, exit code: 42"
    assert local.unpacked(f"s3://{BUCKET}/models/{name}/output/output.tar.gz") == {"trace.txt": "kept"}
    assert "ModelArtifacts" not in job


def test_a_killed_script_is_reported_as_out_of_memory(local: Local) -> None:
    job = local.finished(local.train("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"' in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 137")


def test_stopping_gives_the_script_time_to_save_its_model(local: Local) -> None:
    script = """
import os, signal, time
def save(*_):
    open(os.environ["SM_MODEL_DIR"] + "/saved.txt", "w").write("in time")
    raise SystemExit(0)
signal.signal(signal.SIGTERM, save)
print("ready")
time.sleep(60)
"""
    name = local.train(script)
    wait_for_line(local, name, "ready")
    local.sagemaker.stop_training_job(TrainingJobName=name)
    job = local.finished(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"saved.txt": "in time"}
    with pytest.raises(ClientError, match="rejected because the training job is in status Stopped"):
        local.sagemaker.stop_training_job(TrainingJobName=name)


def test_a_script_deaf_to_sigterm_is_killed_after_the_grace_with_its_children(local: Local) -> None:
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
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_a_job_over_its_time_is_stopped(local: Local) -> None:
    name = local.train("import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    job = local.finished(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_checkpoints_are_synced_while_the_job_runs_and_restored_for_the_next(local: Local) -> None:
    script = """
import os, time
folder = os.path.join(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
found = sorted(os.listdir(folder))
print("found", found, flush=True)
os.makedirs(folder + "/checkpoint-1", exist_ok=True)
open(folder + "/checkpoint-1/state.txt", "w").write("step 1")
while not found:
    time.sleep(0.1)
"""
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints/a"}
    first = local.train(script, CheckpointConfig=config)
    key = "checkpoints/a/checkpoint-1/state.txt"
    wait_until(lambda: local.s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"])
    local.sagemaker.stop_training_job(TrainingJobName=first)
    local.finished(first)
    second = local.train(script, CheckpointConfig=config)
    assert local.finished(second)["TrainingJobStatus"] == "Completed"
    assert "found ['checkpoint-1']" in local.log_lines(LOG_GROUP, second)


def test_a_channel_without_objects_fails_the_job(local: Local) -> None:
    job = local.finished(local.train("", InputDataConfig=train_channel(f"s3://{BUCKET}/nothing/")))
    assert job["FailureReason"].startswith(
        f'ClientError: Data download failed:No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"'
    )


def test_an_unknown_image_fails_the_job_with_the_known_ones(local: Local) -> None:
    job = local.finished(local.train("", image="1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"))
    assert job["FailureReason"] == (
        "ClientError: the local cloud has no training image for '1.dkr.ecr.us-east-1.amazonaws.com/xgboost:1' "
        "(repository 'xgboost'). It can stand in for: huggingface-pytorch-training, pytorch-training."
    )


def test_a_source_archive_without_the_script_fails_the_job(local: Local) -> None:
    job = local.finished(local.train("", hyperparameters={"sagemaker_program": "main.py"}))
    assert job["FailureReason"] == (
        "ClientError: the source archive holds no 'main.py' (found train.py). "
        "Put the script where sagemaker_program says."
    )


def test_requirements_that_are_met_are_not_installed(local: Local) -> None:
    name = local.train("print('ran')", files={"requirements.txt": "boto3>=1.30\nuvicorn\n"})
    assert local.finished(name)["TrainingJobStatus"] == "Completed"
    assert local.log_lines(LOG_GROUP, name) == ["ran"]


def test_requirements_that_cannot_be_installed_fail_the_job(local: Local) -> None:
    name = local.train("print('ran')", files={"requirements.txt": "./no-such-folder\n"})
    assert local.finished(name)["FailureReason"].startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1\n")


def test_uncompressed_output_is_uploaded_as_files(local: Local) -> None:
    script = 'import os; open(os.environ["SM_MODEL_DIR"] + "/weights.txt", "w").write("w")'
    output = {"S3OutputPath": f"s3://{BUCKET}/models", "CompressionType": "NONE"}
    job = local.finished(local.train(script, OutputDataConfig=output))
    assert local.get(job["ModelArtifacts"]["S3ModelArtifacts"] + "weights.txt") == b"w"


def test_a_name_is_taken_for_ever(local: Local) -> None:
    name = local.train("")
    local.finished(name)
    request = local.job(name)
    with pytest.raises(ClientError, match="a training job with this name already exists") as caught:
        local.sagemaker.create_training_job(
            **{key: request[key] for key in ("TrainingJobName", "RoleArn", "OutputDataConfig", "ResourceConfig")},
            AlgorithmSpecification={"TrainingImage": TRAINING_IMAGE, "TrainingInputMode": "File"},
            StoppingCondition=request["StoppingCondition"],
        )
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


def test_metrics_reach_cloudwatch(local: Local) -> None:
    name = local.train("print('loss=1.5')", metrics=[{"Name": f"loss-{id(local)}", "Regex": "loss=([0-9.]+)"}])
    local.finished(name)
    listed = local.cloudwatch.list_metrics(Namespace=LOG_GROUP, MetricName=f"loss-{id(local)}")["Metrics"]
    assert listed[0]["Dimensions"] == [{"Name": "TrainingJobName", "Value": name}]


def test_state_changes_are_sent_to_eventbridge(local: Local) -> None:
    queue = local.sqs.create_queue(QueueName="job-events")["QueueUrl"]
    arn = local.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Training Job State Change"]}
    local.events.put_rule(Name="jobs", EventPattern=json.dumps(pattern))
    local.events.put_targets(Rule="jobs", Targets=[{"Id": "1", "Arn": arn}])
    name = local.train("", Tags=[{"Key": "traindrop:run", "Value": "r1"}])
    local.finished(name)
    seen: list[dict[str, Any]] = []

    def completed() -> bool:
        messages = local.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        seen.extend(json.loads(message["Body"])["detail"] for message in messages)
        return any(d["TrainingJobName"] == name and d["TrainingJobStatus"] == "Completed" for d in seen)

    wait_until(completed)
    own = [d for d in seen if d["TrainingJobName"] == name]
    assert {d["SecondaryStatus"] for d in own} == {"Starting", "Downloading", "Training", "Uploading", "Completed"}
    assert own[0]["Tags"] == {"traindrop:run": "r1"}


def a_wheel(name: str, source: str) -> bytes:
    """A wheel of one module, version 1.0."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        content.writestr(f"{name}.py", source)
        content.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        content.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        content.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return buffer.getvalue()


def wait_for_line(local: Local, name: str, start: str) -> str:
    """The first line of the job's log that begins so."""
    found: list[str] = []

    def look() -> bool:
        found.extend(line for line in local.log_lines(LOG_GROUP, name) if line.startswith(start))
        return bool(found)

    wait_until(look)
    return found[0]


def test_a_finished_job_leaves_only_its_log_on_the_disk(local: Local) -> None:
    name = local.train("print('done')")
    local.finished(name)
    folder = local.state / "jobs" / name
    wait_until(lambda: [path.name for path in folder.iterdir()] == ["job.log"])
    assert (folder / "job.log").read_text() == "done\n"


def test_a_requirement_that_is_lacking_is_installed_for_the_job_alone(local: Local) -> None:
    wheel = "tiny_extra-1.0-py3-none-any.whl"
    files = {wheel: a_wheel("tiny_extra", "VALUE = 7"), "requirements.txt": f"./{wheel}\n"}
    name = local.train("import tiny_extra; print('value', tiny_extra.VALUE)", files=files)
    job = local.finished(name, 60)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert "value 7" in local.log_lines(LOG_GROUP, name)


def test_a_manifest_names_the_objects_of_a_channel(local: Local) -> None:
    local.put("manifest/data/a.txt", b"a")
    local.put("manifest/data/deep/b.txt", b"b")
    manifest = [{"prefix": f"s3://{BUCKET}/manifest/data/"}, "a.txt", "deep/b.txt"]
    source = {"S3DataType": "ManifestFile", "S3Uri": local.put("manifest/list", json.dumps(manifest).encode())}
    script = """
import os
from pathlib import Path
root = Path(os.environ["SM_CHANNEL_TRAIN"])
print(sorted(str(path.relative_to(root)) for path in root.rglob("*.txt")))
"""
    name = local.train(script, InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}])
    assert local.finished(name)["TrainingJobStatus"] == "Completed"
    assert local.log_lines(LOG_GROUP, name) == ["['a.txt', 'deep/b.txt']"]
