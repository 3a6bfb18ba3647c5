from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from localcloud.processes import owned_processes
from tests.integration.localcloud.sagemaker.conftest import (
    KEYS,
    ROOT,
    Local,
    wait_until,
)

SLEEPS = "import time; print('started', flush=True); time.sleep(60)"


def training(local: Local) -> str:
    """A job whose script runs."""
    name = local.train(SLEEPS)
    wait_until(lambda: local.job(name)["SecondaryStatus"] == "Training")
    wait_until(
        lambda: any(
            "train.py" in " ".join(p.cmdline()) for p in owned_processes(local.state)
        )
    )
    return name


def test_a_kill_loses_nothing_and_what_was_interrupted_ends_in_a_stated_way(
    own_local: Local,
) -> None:
    endpoint = own_local.serve("one")
    old = own_local.invoke(endpoint)["pid"]
    job = training(own_local)
    done = own_local.train("")
    own_local.finished(done)
    own_local.end(signal.SIGKILL)
    assert psutil.pid_exists(old)
    own_local.start()
    failed = own_local.finished(job)
    assert failed["TrainingJobStatus"] == "Failed"
    assert failed["FailureReason"] == (
        "InternalServerError: the local cloud was stopped while the job ran. Please retry."
    )
    assert own_local.job(done)["TrainingJobStatus"] == "Completed"
    assert own_local.endpoint_status(endpoint) == "InService"
    answer = own_local.invoke(endpoint)
    assert answer["version"] == "one"
    assert answer["pid"] != old
    assert {process.pid for process in owned_processes(own_local.state)} == {
        answer["pid"]
    }


def test_a_deployment_interrupted_by_a_kill_goes_on(own_local: Local) -> None:
    endpoint = own_local.serve("one")
    slow = own_local.make_config("two", slow=1.0)
    own_local.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=slow)
    own_local.sagemaker.create_endpoint(EndpointName="second", EndpointConfigName=slow)
    time.sleep(0.2)
    own_local.end(signal.SIGKILL)
    own_local.start()
    assert own_local.settled(endpoint)["EndpointConfigName"] == slow
    assert own_local.settled("second")["EndpointStatus"] == "InService"
    assert own_local.invoke(endpoint)["version"] == "two"
    assert own_local.invoke("second")["version"] == "two"


def test_sigterm_ends_every_process(own_local: Local) -> None:
    endpoint = own_local.serve()
    pid = own_local.invoke(endpoint)["pid"]
    training(own_local)
    assert len(owned_processes(own_local.state)) == 4, (
        "a model server; a job's container, shell and script"
    )
    own_local.end(signal.SIGTERM)
    assert owned_processes(own_local.state) == []
    assert not psutil.pid_exists(pid)


def test_a_state_folder_has_one_server(own_local: Local) -> None:
    command = [
        sys.executable,
        "-m",
        "localcloud.sagemaker",
        "--port",
        "0",
        "--state",
        str(own_local.state),
    ]
    second = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | KEYS,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"Another local SageMaker is running on {own_local.state}. Stop it, or choose another --state."
    )
    assert Path(own_local.state / "sagemaker.db").exists()
