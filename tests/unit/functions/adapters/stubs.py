from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.stub import Stubber


@cache
def session() -> Any:
    return boto3.Session("id", "secret", region_name="eu-central-1")


def new_client(service: str) -> Any:
    """Clients of one session share what it has read of botocore's models."""
    return session().client(service)


class StubbedClient:
    """A client that never sends: every expected call and its answer are queued."""

    def __init__(self, service: str) -> None:
        self.client = new_client(service)
        self.stub: Any = Stubber(self.client)
        self.stub.activate()

    def refuses(
        self, operation: str, code: str, message: str, status: int = 400, **more: Any
    ) -> None:
        self.stub.add_client_error(
            operation, code, message, status, modeled_fields=more or None
        )

    def answers(
        self,
        operation: str,
        answer: dict[str, Any],
        expected: dict[str, Any] | None = None,
    ) -> None:
        self.stub.add_response(operation, answer, expected)
