"""Operations on transform jobs: the record changes here, the work is done in `transform`."""

from __future__ import annotations

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import MODEL, TRANSFORM_JOB, Body
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response, SageMaker
from localcloud.sagemaker.transform.job_request import check_request


def create_transform_job(sagemaker: SageMaker, request: Request) -> Response:
    """Sends the objects to a server of the model and writes its answers."""
    check_request(request)
    base.find(sagemaker, MODEL, request["ModelName"])
    body = base.new_body(sagemaker, TRANSFORM_JOB, request)
    # By analogy with training jobs; AWS's own answer was not seen.
    body["TransformOutput"] = {"KmsKeyId": ""} | request["TransformOutput"]
    body["TransformJobStatus"] = "InProgress"
    base.insert_job(sagemaker, TRANSFORM_JOB, body, request)
    sagemaker.state.announce(TRANSFORM_JOB, body)
    sagemaker.transforms.start(request["TransformJobName"])
    return {"TransformJobArn": body["TransformJobArn"]}


def describe_transform_job(sagemaker: SageMaker, request: Request) -> Response:
    return base.find_job(sagemaker, TRANSFORM_JOB, request["TransformJobName"])


def list_transform_jobs(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages."""
    return base.list_page(sagemaker, TRANSFORM_JOB, request, "TransformJobSummaries")


def stop_transform_job(sagemaker: SageMaker, request: Request) -> Response:
    """Nothing of its output is written."""
    name = request["TransformJobName"]
    describe_transform_job(sagemaker, request)
    sagemaker.state.change(TRANSFORM_JOB, name, _begin_stopping)
    sagemaker.transforms.stop(name)
    return {}


def _begin_stopping(job: Body) -> None:
    status = job["TransformJobStatus"]
    if status != "InProgress":
        raise ValidationError(
            f"The request was rejected because the transform job is in status {status}."
        )
    job["TransformJobStatus"] = "Stopping"
