"""Which IAM actions the calls of a function need, watched as botocore makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tools.permissions import actions

_SERVICES = {
    "sfn": "states",
    "stepfunctions": "states",
    "sagemaker-runtime": "sagemaker",
    "eventbridge": "events",
    "service-quotas": "servicequotas",
}
_ACTIONS = {
    "s3:HeadObject": ["s3:GetObject"],
    "s3:CopyObject": ["s3:GetObjectVersion", "s3:PutObject"],
    "sts:AssumeRole": ["sts:AssumeRole", "sts:TagSession"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "sagemaker:CreateTrainingJob": [
        "sagemaker:CreateTrainingJob",
        "sagemaker:AddTags",
        "iam:PassRole",
    ],
    "sagemaker:CreateModel": [
        "sagemaker:CreateModel",
        "sagemaker:AddTags",
        "iam:PassRole",
    ],
    "sagemaker:CreateEndpointConfig": [
        "sagemaker:CreateEndpointConfig",
        "sagemaker:AddTags",
    ],
    "sagemaker:CreateEndpoint": ["sagemaker:CreateEndpoint", "sagemaker:AddTags"],
}
_TRANSACTION = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}

_ELSEWHERE = {
    "s3:ListBucket",
    # Of models that answer later: tests/e2e/test_async.py.
    "sagemaker:InvokeEndpointAsync",
    # Of releases whose requests go over step by step: tests/e2e/test_traffic.py.
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
}
"""What roles allow and these stories do not need."""


class Watcher:
    """Collects the actions of calls made inside `of(function)`."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {}
        self._function: str | None = None

    @contextmanager
    def of(self, function: str) -> Iterator[None]:
        outer, self._function = self._function, function
        try:
            yield
        finally:
            self._function = outer

    def watch(self, client: Any) -> None:
        client.meta.events.register("provide-client-params.*", self._note)

    def require_allowed(self, *names: str) -> None:
        """Every call so far is one that its function's role allows, and roles of the named functions allow no other."""
        for function, needed in self.seen.items():
            assert needed <= actions(function), function
        for name in names:
            function = f"{name}Function"
            assert function in self.seen, "run the whole file"
            unused = actions(function) - self.seen[function] - _ELSEWHERE
            assert not unused, f"{function}: {sorted(unused)}"

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if self._function is None:
            return
        service = model.service_model.service_name
        action = f"{_SERVICES.get(service, service)}:{model.name}"
        needed = _ACTIONS.get(action, [action])
        if params.get("VersionId"):
            needed = [name.replace("GetObject", "GetObjectVersion") for name in needed]
        if model.name == "TransactWriteItems":
            needed = [
                _TRANSACTION[kind] for item in params["TransactItems"] for kind in item
            ]
        self.seen.setdefault(self._function, set()).update(needed)
