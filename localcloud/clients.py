"""The way to the local cloud's services: boto3 for AWS, HTTP for the deployed API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import boto3
import httpx
from botocore.config import Config

from localcloud.cloud import Cloud
from localcloud.environment import REGION, aws_variables
from localcloud.errors import LocalCloudError

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=300)


class ApiError(LocalCloudError):
    """The deployed API answered with an error."""

    def __init__(self, status: int, path: str, body: str) -> None:
        super().__init__(f"{path} answered {status}: {body[:500]}")
        self.status = status


def _client(cloud: Cloud, service: str, endpoint: str) -> Any:
    variables = aws_variables(cloud)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=_CONFIG,
    )


def s3(cloud: Cloud) -> S3Client:
    return cast("S3Client", _client(cloud, "s3", cloud.engine_url))


def cloudformation(cloud: Cloud) -> CloudFormationClient:
    return cast("CloudFormationClient", _client(cloud, "cloudformation", cloud.engine_url))


def apigateway(cloud: Cloud) -> APIGatewayClient:
    return cast("APIGatewayClient", _client(cloud, "apigateway", cloud.engine_url))


def lambdas(cloud: Cloud) -> LambdaClient:
    return cast("LambdaClient", _client(cloud, "lambda", cloud.engine_url))


def logs(cloud: Cloud) -> CloudWatchLogsClient:
    return cast("CloudWatchLogsClient", _client(cloud, "logs", cloud.engine_url))


def sagemaker(cloud: Cloud) -> SageMakerClient:
    return cast("SageMakerClient", _client(cloud, "sagemaker", cloud.sagemaker_url))


class Api:
    """The deployed HTTP API, called as any client on the network would call it, key and all."""

    def __init__(self, cloud: Cloud) -> None:
        self.url = cloud.api_url
        self._http = httpx.Client(headers={"x-api-key": cloud.api_key}, timeout=60, trust_env=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, self.url + path, **options)
        if answer.is_error:
            raise ApiError(answer.status_code, f"{method} {path}", answer.text)
        return answer.json()

    def runs(self, model: str | None = None) -> list[dict[str, Any]]:
        """Newest first."""
        answer = self._ask("GET", "/runs", params={"model": model} if model else None)
        return cast(list[dict[str, Any]], answer["runs"])

    def run(self, run: str) -> dict[str, Any]:
        return cast(dict[str, Any], self._ask("GET", f"/runs/{quote(run, safe='')}"))

    def model(self, model: str) -> dict[str, Any]:
        return cast(dict[str, Any], self._ask("GET", f"/models/{quote(model, safe='')}"))

    def models(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self._ask("GET", "/models")["models"])

    def predict(self, model: str, inputs: Any) -> Any:
        return self._ask("POST", f"/models/{quote(model, safe='')}/predict", json={"inputs": inputs})
