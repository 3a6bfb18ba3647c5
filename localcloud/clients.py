"""The way to the local cloud's services: boto3 for AWS, HTTP for the deployed API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import boto3
import httpx
from botocore.config import Config

from contracts.documents import ContractError
from contracts.run_record import RunRecord
from localcloud.cloud import LocalCloud
from localcloud.environment import REGION, account_keys
from localcloud.errors import LocalCloudError
from localcloud.signatures import signed_headers

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

Line = dict[str, Any]
"""A run or a model in a list, or a model's page, as the API answers it."""

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=300
)
_API_TIMEOUT_SECONDS = 60
_SHOWN_BODY_CHARACTERS = 500
_NOT_FOUND = 404


class ApiError(LocalCloudError):
    """The deployed API answered with an error."""

    def __init__(self, status: int, path: str, body: str) -> None:
        super().__init__(f"{path} answered {status}: {body[:_SHOWN_BODY_CHARACTERS]}")
        self.status = status

    @property
    def is_not_found(self) -> bool:
        return self.status == _NOT_FOUND


class UnreadableRunError(LocalCloudError):
    """The deployed API answered with a run record that this version cannot read."""


class NotInterruptedError(LocalCloudError):
    """The job has no machine that could be taken."""


def _client(cloud: LocalCloud, service: str, endpoint: str) -> Any:
    keys = account_keys(cloud)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=_CONFIG,
    )


def s3(cloud: LocalCloud) -> S3Client:
    return cast("S3Client", _client(cloud, "s3", cloud.engine_url))


def cloudformation(cloud: LocalCloud) -> CloudFormationClient:
    return cast(
        "CloudFormationClient", _client(cloud, "cloudformation", cloud.engine_url)
    )


def apigateway(cloud: LocalCloud) -> APIGatewayClient:
    return cast("APIGatewayClient", _client(cloud, "apigateway", cloud.engine_url))


def iam(cloud: LocalCloud) -> Any:
    return _client(cloud, "iam", cloud.engine_url)


def lambdas(cloud: LocalCloud) -> LambdaClient:
    return cast("LambdaClient", _client(cloud, "lambda", cloud.engine_url))


def logs(cloud: LocalCloud) -> CloudWatchLogsClient:
    return cast("CloudWatchLogsClient", _client(cloud, "logs", cloud.engine_url))


def sagemaker(cloud: LocalCloud) -> SageMakerClient:
    return cast("SageMakerClient", _client(cloud, "sagemaker", cloud.sagemaker_url))


class Api:
    """The deployed HTTP API, called as any client on the network would call it, with the API key."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.url = cloud.api_url
        self._http = httpx.Client(
            headers={"x-api-key": cloud.api_key},
            timeout=_API_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _request(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of the answer. Raises `ApiError`, or `httpx.TransportError` where there is none."""
        answer = self._http.request(method, self.url + path, **options)
        if answer.is_error:
            raise ApiError(answer.status_code, f"{method} {path}", answer.text)
        return answer.json()

    def runs(self, model: str | None = None) -> list[Line]:
        """The newest first."""
        answer = self._request(
            "GET", "/runs", params={"model": model} if model else None
        )
        return cast(list[Line], answer["runs"])

    def run(self, run: str) -> RunRecord:
        answer = self._request("GET", f"/runs/{quote(run, safe='')}")
        try:
            return RunRecord.read(answer)
        except ContractError as error:
            raise UnreadableRunError(str(error)) from error

    def model(self, model: str) -> Line:
        return cast(Line, self._request("GET", f"/models/{quote(model, safe='')}"))

    def models(self) -> list[Line]:
        return cast(list[Line], self._request("GET", "/models")["models"])

    def predict(self, model: str, inputs: Any) -> Any:
        return self._request(
            "POST", f"/models/{quote(model, safe='')}/predict", json={"inputs": inputs}
        )


def interrupt_job(cloud: LocalCloud, name: str) -> str:
    """Takes a spot job's machine away, as AWS may at any time.

    `name` is that of the job or of its run. Returns the job's. Raises `NotInterruptedError`.
    """
    job = _job_of(cloud, name)
    url = f"{cloud.sagemaker_url}/training-jobs/{job}/interruption"
    answer = httpx.post(
        url,
        headers=signed_headers(
            "POST", url, b"", account_keys(cloud), service="sagemaker"
        ),
        timeout=30,
        trust_env=False,
    )
    if answer.is_error:
        raise NotInterruptedError(answer.json()["message"])
    return job


def _job_of(cloud: LocalCloud, name: str) -> str:
    """The job of the run called `name`, or `name` itself where there is no such run."""
    try:
        with Api(cloud) as api:
            training = api.run(name).training
    except ApiError as error:
        if not error.is_not_found:
            raise
        return name
    return training.job or name
