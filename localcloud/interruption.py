"""Takes a spot job's machine away, as AWS may at any time."""

from __future__ import annotations

import httpx

from localcloud.clients import Api, ApiError
from localcloud.cloud import Cloud
from localcloud.errors import LocalCloudError


class NotInterruptedError(LocalCloudError):
    """The job has no machine that could be taken."""


def interrupt(cloud: Cloud, name: str) -> str:
    """The job that was interrupted: `name` itself, or the one of the run called so."""
    job = _job_of(cloud, name)
    answer = httpx.post(f"{cloud.sagemaker_url}/training-jobs/{job}/interruption", timeout=30, trust_env=False)
    if answer.is_error:
        raise NotInterruptedError(answer.json()["message"])
    return job


def _job_of(cloud: Cloud, name: str) -> str:
    try:
        with Api(cloud) as api:
            return str((api.run(name).get("training") or {}).get("job") or name)
    except ApiError as error:
        if error.status != 404:
            raise
    return name
