"""S3 and SNS with the rights of a model's role, made once for each role."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from localcloud.sagemaker.common.errors import RoleError
from localcloud.sagemaker.common.state import SageMakerState

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient


class RoleClients:
    """Every call raises `RoleError` for a role that SageMaker cannot take. `session` is the name of its session."""

    def __init__(self, state: SageMakerState) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    def s3(self, role_arn: str | None, session: str) -> S3Client:
        credentials = self._credentials(role_arn, session)
        key = ("s3", credentials.get("AWS_ACCESS_KEY_ID", ""))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._state.s3_as(credentials)
            client: S3Client = self._clients[key]
            return client

    def sns(self, role_arn: str | None, session: str) -> SNSClient:
        credentials = self._credentials(role_arn, session)
        key = ("sns", credentials.get("AWS_ACCESS_KEY_ID", ""))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._state.sns_as(credentials)
            client: SNSClient = self._clients[key]
            return client

    def _credentials(self, role_arn: str | None, session: str) -> dict[str, str]:
        if role_arn:
            return self._state.access.credentials(role_arn, session)
        if self._state.settings.iam:
            raise RoleError("The role of the endpoint's model is not known.")
        return {}
