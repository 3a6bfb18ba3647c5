"""Operations on training jobs: the record changes here, the processes in `training.jobs`."""

from __future__ import annotations

import time

from localcloud.guard import CALLER
from localcloud.sagemaker.common.access import Tag
from localcloud.sagemaker.common.errors import ResourceInUseError, ValidationError
from localcloud.sagemaker.common.store import TRAINING_JOB, Body
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response, SageMaker
from localcloud.sagemaker.training import job_status, own_entrypoint
from localcloud.sagemaker.training.job_request import SESSION_TAGS

_DEFAULT_RUNTIME_SECONDS = 86_400
_TERMINAL_STATUSES = ("Completed", "Failed", "Stopped")
_UPDATABLE = ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig")
_DATA_TYPES = ("S3Prefix", "ManifestFile")
_DEFAULTS: Body = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}


def create_training_job(sagemaker: SageMaker, request: Request) -> Response:
    """Runs the job as a process; it is `Pending` while the machine has no room."""
    _check_runnable(request)
    tags = _session_tags(sagemaker, request)
    name = request["TrainingJobName"]
    sagemaker.state.access.credentials(request["RoleArn"], name, tags)
    body = _DEFAULTS | base.new_body(sagemaker, TRAINING_JOB, request)
    body[SESSION_TAGS] = tags
    condition = {"MaxRuntimeInSeconds": _DEFAULT_RUNTIME_SECONDS}
    # The empty key is what notebooks show that print AWS's own answer.
    body["OutputDataConfig"] = {"KmsKeyId": ""} | request["OutputDataConfig"]
    body["StoppingCondition"] = condition | request.get("StoppingCondition", {})
    body["TrainingJobStatus"] = "InProgress"
    job_status.enter(body, "Starting", body["CreationTime"])
    base.insert_job(sagemaker, TRAINING_JOB, body, request)
    sagemaker.state.announce(TRAINING_JOB, body)
    sagemaker.jobs.start(body["TrainingJobName"])
    return {"TrainingJobArn": body["TrainingJobArn"]}


def _session_tags(sagemaker: SageMaker, request: Request) -> list[Tag]:
    """The tags of the caller's session, where the job's role is to have them too."""
    chaining = request.get("SessionChainingConfig", {})
    if not chaining.get("EnableSessionTagChaining"):
        return []
    return sagemaker.state.access.session_tags(CALLER.get())


def describe_training_job(sagemaker: SageMaker, request: Request) -> Response:
    return base.find_job(sagemaker, TRAINING_JOB, request["TrainingJobName"])


def stop_training_job(sagemaker: SageMaker, request: Request) -> Response:
    """SIGTERM, two minutes later SIGKILL; the model that is there by then is uploaded."""
    name = request["TrainingJobName"]
    describe_training_job(sagemaker, request)
    sagemaker.state.change(TRAINING_JOB, name, _begin_stopping)
    sagemaker.jobs.stop(name)
    return {}


def delete_training_job(sagemaker: SageMaker, request: Request) -> Response:
    """What it left in S3 and CloudWatch stays. Its name may be taken again."""
    name = request["TrainingJobName"]
    job = describe_training_job(sagemaker, request)
    status = job["TrainingJobStatus"]
    if status not in _TERMINAL_STATUSES:
        raise ResourceInUseError(
            f"The request was rejected because the training job is in status {status}. Stop it first."
        )
    sagemaker.store.delete(TRAINING_JOB, name)
    sagemaker.jobs.forget(name)
    return {}


def update_training_job(sagemaker: SageMaker, request: Request) -> Response:
    """Notes new settings of the profiler and of remote debugging, neither of which is here."""
    job = describe_training_job(sagemaker, request)
    if "ResourceConfig" in request:
        raise ValidationError(
            f"Cannot update the keep-alive period of {job['TrainingJobName']}: it has no warm pool. "
            "The local cloud has none."
        )

    def edit(job: Body) -> None:
        status = job["TrainingJobStatus"]
        if status != "InProgress":
            raise ValidationError(
                f"The request was rejected because the training job is in status {status}."
            )
        settings = {name: request[name] for name in _UPDATABLE if name in request}
        job.update(settings)

    sagemaker.store.change(TRAINING_JOB, job["TrainingJobName"], edit)
    return {"TrainingJobArn": job["TrainingJobArn"]}


def interrupt_training_job(sagemaker: SageMaker, name: str) -> None:
    """Does what AWS does when it wants a spot job's machine back. SageMaker's API has no such operation."""
    job = describe_training_job(sagemaker, {"TrainingJobName": name})
    if not job["EnableManagedSpotTraining"]:
        raise ValidationError(
            f"Expected a job with EnableManagedSpotTraining; {name} has none, and keeps its machine. "
            "Set spot: true in traindrop.yaml, or UseSpot of the stack."
        )
    if not sagemaker.jobs.interrupt(name):
        raise ValidationError(
            f"Expected a job that is on a machine (Downloading or Training); {name} is {job['SecondaryStatus']}."
        )


def list_training_jobs(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages; the oldest come first."""
    return base.list_page(
        sagemaker,
        TRAINING_JOB,
        request,
        "TrainingJobSummaries",
        default_order="Ascending",
    )


def _begin_stopping(job: Body) -> None:
    status = job["TrainingJobStatus"]
    if status != "InProgress":
        raise ValidationError(
            f"The request was rejected because the training job is in status {status}."
        )
    job["TrainingJobStatus"] = "Stopping"
    job_status.enter(job, "Stopping", time.time())


def _check_runnable(request: Request) -> None:
    for field in ("AlgorithmSpecification", "ResourceConfig"):
        if field not in request:
            raise ValidationError(
                f"{field} is required for a training job that is not serverless."
            )
    _check_spot(request)
    _check_machines(request["ResourceConfig"])
    _check_inputs(request)
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise ValidationError(
            "AlgorithmSpecification.TrainingImage is required: the local cloud has no AlgorithmName."
        )
    _check_entrypoint(algorithm)


def _check_entrypoint(algorithm: Body) -> None:
    lack = own_entrypoint.lack() if "ContainerEntrypoint" in algorithm else ""
    if lack:
        raise ValidationError(
            "AlgorithmSpecification.ContainerEntrypoint, as the SageMaker SDK 3 sends it, needs a namespace in which "
            f"/opt/ml is the job's; {lack}. Leave out source_code, and name the script by the hyperparameters "
            "sagemaker_program and sagemaker_submit_directory instead."
        )
    if "ContainerArguments" in algorithm and "ContainerEntrypoint" not in algorithm:
        raise ValidationError(
            "AlgorithmSpecification.ContainerArguments needs ContainerEntrypoint: the local cloud does not run the "
            "image's own entry point with other arguments."
        )


def _check_spot(request: Request) -> None:
    condition = request.get("StoppingCondition", {})
    max_runtime = condition.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME_SECONDS)
    max_wait = condition.get("MaxWaitTimeInSeconds", 0)
    if request.get("EnableManagedSpotTraining") and max_wait < max_runtime:
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )


def _check_machines(config: Body) -> None:
    if "InstanceGroups" in config:
        raise ValidationError(
            "ResourceConfig.InstanceGroups needs machines of several types; the local cloud has this one. "
            "Set InstanceType and InstanceCount instead."
        )


def _check_inputs(request: Request) -> None:
    """Pipe mode, and what can be read by it alone."""
    mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource", {})
        if channel.get("InputMode", mode) == "Pipe":
            raise ValidationError(
                f"The channel {channel['ChannelName']!r} has the input mode Pipe; the local cloud has File and "
                "FastFile. Set one of these."
            )
        if source.get("S3DataType") not in (None, *_DATA_TYPES):
            raise ValidationError(
                f"The channel {channel['ChannelName']!r} has the S3DataType {source['S3DataType']}; the local cloud "
                f"has {' and '.join(_DATA_TYPES)}. Set one of these."
            )
