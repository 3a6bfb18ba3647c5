"""CreateTrainingJob and its kin."""

from __future__ import annotations

import time

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ResourceInUseError, ValidationError
from localcloud.sagemaker.kinds import TRAINING_JOB, Body
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response
from localcloud.sagemaker.store import DuplicateError, MissingError
from localcloud.sagemaker.training import job_status

_RUNTIME = 86_400
_DEFAULTS: Body = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}


def create_training_job(cloud: Cloud, request: Request) -> Response:
    _check_runnable(request)
    body = _DEFAULTS | base.new_body(cloud, TRAINING_JOB, request)
    body["StoppingCondition"] = {"MaxRuntimeInSeconds": _RUNTIME} | request.get("StoppingCondition", {})
    body["TrainingJobStatus"] = "InProgress"
    job_status.enter(body, "Starting", body["CreationTime"])
    name, arn = body["TrainingJobName"], body["TrainingJobArn"]
    try:
        with cloud.store.transaction():
            cloud.store.insert(TRAINING_JOB, name, body)
            cloud.store.add_tags(arn, request.get("Tags", []))
    except DuplicateError as error:
        raise ResourceInUseError(
            "Training job names must be unique within an AWS account and region, "
            f"and a training job with this name already exists ({arn})"
        ) from error
    cloud.context.announce(TRAINING_JOB, body)
    cloud.jobs.start(name)
    return {"TrainingJobArn": arn}


def describe_training_job(cloud: Cloud, request: Request) -> Response:
    try:
        return cloud.store.get(TRAINING_JOB, request["TrainingJobName"])
    except MissingError as error:
        raise ValidationError("Requested resource not found.") from error


def stop_training_job(cloud: Cloud, request: Request) -> Response:
    name = request["TrainingJobName"]
    describe_training_job(cloud, request)
    cloud.context.change(TRAINING_JOB, name, _stopping)
    cloud.jobs.stop(name)
    return {}


def interrupt_training_job(cloud: Cloud, name: str) -> None:
    """Not of SageMaker's API: what AWS does when it wants a spot job's machine back."""
    job = describe_training_job(cloud, {"TrainingJobName": name})
    if not job["EnableManagedSpotTraining"]:
        raise ValidationError(
            f"Expected a job with EnableManagedSpotTraining; {name} has none, and keeps its machine. "
            "Set spot: true in traindrop.yaml, or UseSpot of the stack."
        )
    if not cloud.jobs.interrupt(name):
        raise ValidationError(
            f"Expected a job that is on a machine (Downloading or Training); {name} is {job['SecondaryStatus']}."
        )


def list_training_jobs(cloud: Cloud, request: Request) -> Response:
    return base.page(cloud, TRAINING_JOB, request, "TrainingJobSummaries", order="Ascending")


def _stopping(job: Body) -> None:
    if job["TrainingJobStatus"] != "InProgress":
        raise ValidationError(f"The request was rejected because the training job is in status {_state(job)}.")
    job["TrainingJobStatus"] = "Stopping"
    job_status.enter(job, "Stopping", time.time())


def _state(job: Body) -> str:
    return str(job["TrainingJobStatus"])


def _check_runnable(request: Request) -> None:
    for field in ("AlgorithmSpecification", "ResourceConfig"):
        if field not in request:
            raise ValidationError(f"{field} is required for a training job that is not serverless.")
    _check_spot(request)
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise ValidationError("AlgorithmSpecification.TrainingImage is required: the local cloud has no AlgorithmName.")
    if "ContainerEntrypoint" in algorithm:
        raise ValidationError(
            "AlgorithmSpecification.ContainerEntrypoint needs a container; the local cloud runs the script that the "
            "hyperparameters sagemaker_program and sagemaker_submit_directory name. Set those instead."
        )


def _check_spot(request: Request) -> None:
    condition = request.get("StoppingCondition", {})
    runtime = condition.get("MaxRuntimeInSeconds", _RUNTIME)
    if request.get("EnableManagedSpotTraining") and condition.get("MaxWaitTimeInSeconds", 0) < runtime:
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
