"""What the local SageMaker does otherwise than AWS: each of these is a row of `localcloud/differences.py`."""

from __future__ import annotations

from typing import Any

from tests.integration.localcloud.sagemaker.conftest import Local

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


def resources(**changes: Any) -> dict[str, Any]:
    return {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
    } | changes


def test_no_quota_refuses_a_job(local: Local) -> None:
    name = local.train(
        "print(1)", ResourceConfig=resources(InstanceType="ml.p5.48xlarge")
    )
    assert local.finished(name)["TrainingJobStatus"] == "Completed"


def test_a_job_has_this_machine(local: Local) -> None:
    script = "import shutil\nassert shutil.disk_usage('.').total > 2 * 2**30\n"
    assert local.finished(local.train(script, ResourceConfig=resources()))[
        "TrainingJobStatus"
    ] == ("Completed")


def test_a_job_of_several_instances_runs_once(local: Local) -> None:
    script = "import os\nprint('hosts', os.environ['SM_HOSTS'])\n"
    name = local.train(script, ResourceConfig=resources(InstanceCount=2))
    assert local.finished(name)["TrainingJobStatus"] == "Completed"
    lines = [
        line for line in local.log_lines(LOG_GROUP, name) if line.startswith("hosts")
    ]
    assert lines == ['hosts ["algo-1"]']
