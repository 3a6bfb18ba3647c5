"""State machines that train and deploy by SageMaker's own tasks, with the rights of their role."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    Local,
    free_port,
    running_engine,
    wait_until,
)

SYNC = "arn:aws:states:::sagemaker:createTrainingJob.sync"
FAR = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LEAVES_A_MODEL = """
import os
open(os.environ["SM_MODEL_DIR"] + "/weights", "w").write("1")
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """As `localcloud` starts both: the engine knows where SageMaker is."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", f"http://127.0.0.1:{port}")
        for engine in running_engine(tmp_path_factory.mktemp("engine"), "--iam"):
            folder = tmp_path_factory.mktemp("sagemaker") / "state"
            served = Local(engine, folder, ("--iam",), port)
            served.s3.create_bucket(Bucket=BUCKET)
            served.start()
            yield served
            served.end()
            served.close_clients()


@pytest.fixture(scope="module")
def states(local: Local) -> Iterator[Any]:
    client = local._client("stepfunctions", local.engine)
    yield client
    client.close()


@pytest.fixture(scope="module")
def iam(local: Local) -> Iterator[Any]:
    client = local._client("iam", local.engine)
    yield client
    client.close()


def make_role(iam: Any, service: str, *statements: dict[str, Any]) -> str:
    """Returns its ARN."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    if statements:
        iam.put_role_policy(
            RoleName=name,
            PolicyName="p",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": list(statements)}
            ),
        )
    return str(role["Arn"])


@pytest.fixture(scope="module")
def job_role(iam: Any) -> str:
    return make_role(iam, "sagemaker.amazonaws.com", FAR)


@pytest.fixture(scope="module")
def machine_role(iam: Any) -> str:
    return make_role(iam, "states.amazonaws.com", FAR)


def job_request(local: Local, role: str, script: str) -> dict[str, Any]:
    return local.job_request(script) | {"RoleArn": role}


def begin(states: Any, role: str, tasks: list[tuple[str, Any]]) -> str:
    """Starts tasks one after another; each result is kept below the name of its state."""
    definition: dict[str, Any] = {"StartAt": "Task0", "States": {}}
    for number, (resource, parameters) in enumerate(tasks):
        state: dict[str, Any] = {
            "Type": "Task",
            "Resource": resource,
            "Parameters": parameters,
            "ResultPath": f"$.Task{number}",
        }
        is_last = number == len(tasks) - 1
        state |= {"End": True} if is_last else {"Next": f"Task{number + 1}"}
        definition["States"][f"Task{number}"] = state
    machine = states.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:8]}",
        roleArn=role,
        definition=json.dumps(definition),
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=machine, input="{}")
    return str(started["executionArn"])


def ended(states: Any, execution: str) -> Any:
    wait_until(
        lambda: (
            states.describe_execution(executionArn=execution)["status"] != "RUNNING"
        ),
        90,
    )
    return states.describe_execution(executionArn=execution)


def test_a_machine_trains_and_makes_a_model_of_the_job(
    local: Local, states: Any, machine_role: str, job_role: str
) -> None:
    request = job_request(local, job_role, LEAVES_A_MODEL)
    name = request["TrainingJobName"]
    model = {
        "ModelName": name,
        "ExecutionRoleArn": job_role,
        "PrimaryContainer": {
            "Image": "local/test-server:1",
            "ModelDataUrl.$": "$.Task0.ModelArtifacts.S3ModelArtifacts",
        },
    }
    tasks = [
        (SYNC, request),
        ("arn:aws:states:::sagemaker:createModel", model),
        ("arn:aws:states:::aws-sdk:sagemaker:describeModel", {"ModelName": name}),
    ]
    execution = ended(states, begin(states, machine_role, tasks))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    output = json.loads(execution["output"])
    assert output["Task0"]["TrainingJobStatus"] == "Completed"
    assert output["Task1"]["ModelArn"].endswith(f":model/{name}")
    archive_uri = f"s3://{BUCKET}/models/{name}/output/model.tar.gz"
    assert output["Task2"]["PrimaryContainer"]["ModelDataUrl"] == archive_uri


def test_without_sync_the_task_does_not_wait(
    local: Local, states: Any, machine_role: str, job_role: str
) -> None:
    request = job_request(local, job_role, "import time; time.sleep(300)")
    resource = SYNC.removesuffix(".sync")
    execution = ended(states, begin(states, machine_role, [(resource, request)]))
    assert execution["status"] == "SUCCEEDED"
    name = request["TrainingJobName"]
    assert local.job(name)["TrainingJobStatus"] == "InProgress"
    local.sagemaker.stop_training_job(TrainingJobName=name)


def test_a_failed_job_fails_the_task_with_its_description(
    local: Local, states: Any, machine_role: str, job_role: str
) -> None:
    request = job_request(local, job_role, "raise SystemExit(3)")
    execution = ended(states, begin(states, machine_role, [(SYNC, request)]))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    assert "exit code: 3" in json.loads(execution["cause"])["FailureReason"]


def test_a_stopped_execution_stops_its_job(
    local: Local, states: Any, machine_role: str, job_role: str
) -> None:
    request = job_request(local, job_role, "import time; time.sleep(300)")
    execution = begin(states, machine_role, [(SYNC, request)])
    listed = local.sagemaker.list_training_jobs
    name = request["TrainingJobName"]
    wait_until(lambda: listed(NameContains=name)["TrainingJobSummaries"])
    states.stop_execution(executionArn=execution)
    status = ("Stopping", "Stopped")
    wait_until(lambda: local.job(name)["TrainingJobStatus"] in status)


def test_errors_have_the_names_that_machines_catch(
    local: Local, states: Any, machine_role: str, job_role: str
) -> None:
    request = job_request(local, job_role, "")
    execution = ended(states, begin(states, machine_role, [(SYNC, request)] * 2))
    assert execution["error"] == "SageMaker.ResourceInUseException"
    missing = ("arn:aws:states:::sagemaker:createEndpoint", {"EndpointName": "e"})
    execution = ended(states, begin(states, machine_role, [missing]))
    assert execution["error"] == "SageMaker.AmazonSageMakerException"
    assert "Error Code: ValidationException" in execution["cause"]


def test_the_role_of_the_machine_must_be_allowed(
    local: Local, states: Any, iam: Any, job_role: str
) -> None:
    lame = make_role(iam, "states.amazonaws.com")
    request = job_request(local, job_role, "")
    execution = ended(states, begin(states, lame, [(SYNC, request)]))
    assert (
        "is not authorized to perform: sagemaker:CreateTrainingJob"
        in execution["cause"]
    )


def test_a_task_that_is_not_here_is_named(states: Any, machine_role: str) -> None:
    resource = "arn:aws:states:::sagemaker:createProcessingJob.sync"
    execution = ended(states, begin(states, machine_role, [(resource, {})]))
    assert execution["error"] == "States.Runtime"
    assert (
        "Of SageMaker it has createTrainingJob, createTransformJob"
        in execution["cause"]
    )
