from __future__ import annotations

from tests.integration.localcloud.sagemaker.conftest import BUCKET, Local, wait_until

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def test_checkpoints_are_synced_while_the_job_runs_and_restored_for_the_next(
    local: Local,
) -> None:
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
