"""`make destroy`, last: the stack and all that its functions made are gone, and it says what is left."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.e2e.client import ROOT, Cloud


def test_destroy_leaves_nothing_that_can_be_removed(cloud: Cloud, live: str) -> None:
    assert cloud.endpoints()
    done = subprocess.run(
        [sys.executable, "-m", "tools.destroy", "--stack", "traindrop", "--yes"],
        cwd=ROOT,
        env=os.environ | cloud.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing of traindrop is left that can be removed." in done.stdout
    assert (cloud.endpoints(), cloud.configs(), cloud.models()) == ([], [], [])
    buckets = [bucket["Name"] for bucket in cloud.s3.list_buckets()["Buckets"]]
    assert cloud.environment["TRAINDROP_BUCKET"] not in buckets
    groups = cloud.boto("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in groups} <= {"/aws/sagemaker/TrainingJobs"}
