from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.api import handler
from functions.api.calls import JSON, PROBLEM_JSON
from functions.common.names import resource_name
from functions.common.settings import Settings
from tests.unit.functions.deploy.releases import made
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
)
from tests.unit.functions.fakes.prediction_queue import QueueingClient

ANSWER = [{"label": "positive", "score": 0.9}]


PREDICT = "/models/{model}/predict"
PREDICT_KEY, READ_KEY, MANAGE_KEY = "key-1", "key-2", "key-3"
SETTINGS = Settings(
    STACK,
    "data",
    "table",
    predict_key_id=PREDICT_KEY,
    read_key_id=READ_KEY,
    manage_key_id=MANAGE_KEY,
)


@dataclass
class Context:
    """What Lambda gives a handler besides the event."""

    function_name: str = "api"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:1:function:api"
    aws_request_id: str = "request-1"


def event_of(
    method: str,
    resource: str,
    path: Mapping[str, str],
    body: str | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A call with the key that may do everything, as API Gateway hands it on; `path` has the resource's parameters."""
    filled = resource
    for name, value in path.items():
        filled = filled.replace(f"{{{name}}}", value)
    return {
        "resource": resource,
        "path": filled,
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "queryStringParameters": query,
        "pathParameters": path or None,
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "r",
            "stage": "live",
            "identity": {"apiKeyId": MANAGE_KEY},
        },
    }


@dataclass
class Client:
    """Calls the handler as API Gateway does."""

    ledger: MemoryLedger
    sagemaker: MemorySageMaker
    runtime: AnsweringRuntime
    storage: MemoryStorage
    queueing: QueueingClient
    key_id: str = MANAGE_KEY

    def __call__(
        self,
        method: str,
        resource: str,
        body: Any = None,
        query: dict[str, str] | None = None,
        **path: str,
    ) -> tuple[int, Any, dict[str, str]]:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        return self.send(event_of(method, resource, path, text, query))

    def send(self, event: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        event["requestContext"]["identity"] = {"apiKeyId": self.key_id}
        answer: dict[str, Any] = handler.api(event, Context())  # type: ignore[arg-type]
        headers = {
            name.lower(): values[0]
            for name, values in answer["multiValueHeaders"].items()
        }
        is_json = headers["content-type"] in {JSON, PROBLEM_JSON}
        return (
            answer["statusCode"],
            json.loads(answer["body"]) if is_json else answer["body"],
            headers,
        )

    def error(
        self,
        method: str,
        resource: str,
        body: Any = None,
        query: dict[str, str] | None = None,
        **path: str,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        status, body, headers = self(method, resource, body, query, **path)
        return status, body["error"], headers


def live(call: Client, model: str = "reviews", run: str = "reviews-1") -> None:
    evaluation = {
        "metric": "accuracy",
        "model": {"accuracy": 0.8},
        "labels": ["n", "p"],
        "label_count": 2,
        "rows": 9,
        "changes": {"new_mistakes": 1, "gone_mistakes": 3, "both_wrong": 0},
    }
    call.ledger.add(
        run,
        model=model,
        status="live",
        task="text-classification",
        evaluation=evaluation,
    )
    call.sagemaker.add_endpoint(
        resource_name(STACK, model), made(call.sagemaker, run, model)
    )
