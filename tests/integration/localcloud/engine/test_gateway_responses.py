"""What the local API Gateway answers itself: by the gateway responses of `template.yaml`."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.localcloud.engine.running import Engine
from tests.integration.localcloud.engine.test_rest_api import (
    LAMBDA_URI,
    SOURCE,
    integration,
)
from tests.unit.stack import translated

PLANS: dict[str, dict[str, Any]] = {
    "Free": {},
    "Slow": {"Throttle": {"RateLimit": 0.01, "BurstLimit": 1}},
    "Daily": {"Quota": {"Limit": 1, "Period": "DAY"}},
}


def plan_resources(name: str, limits: dict[str, Any]) -> dict[str, Any]:
    """A key in a usage plan of its own."""
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    key = {"KeyId": {"Ref": f"{name}Key"}, "UsagePlanId": {"Ref": f"{name}Plan"}}
    resources = {
        "Key": ("ApiKey", {"Enabled": True, "Name": f"answers-{name}"}),
        "Plan": ("UsagePlan", {"ApiStages": stages, **limits}),
        "PlanKey": ("UsagePlanKey", {"KeyType": "API_KEY", **key}),
    }
    return {
        name + suffix: {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
        for suffix, (kind, properties) in resources.items()
    }


@dataclass
class Api:
    engine: Engine
    id: str
    keys: dict[str, str]

    def problem(
        self, plan: str, path: str = "/work", body: bytes = b"{}"
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        headers = {"x-api-key": self.keys.get(plan, "none")}
        address = f"/_aws/execute-api/{self.id}/live{path}"
        status, text, back = self.engine.request("POST", address, body, headers)
        return status, json.loads(text), back


@pytest.fixture(scope="module")
def api(engine: Engine) -> Api:
    uri = LAMBDA_URI.format(engine.function("answers", SOURCE))
    ours = translated.load()["Resources"]["Api"]["Properties"]["Body"]
    responses = "x-amazon-apigateway-gateway-responses"
    scheme = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    body = {
        "openapi": "3.0.1",
        "info": {"title": "answers", "version": "1"},
        "paths": {
            "/work": {"post": integration(uri)},
            "/hurried": {"post": integration(uri, timeoutInMillis=200)},
        },
        responses: ours[responses],
        "components": {"securitySchemes": {"api_key": scheme}},
    }
    ref = {"Ref": "Api"}
    stage = {
        "RestApiId": ref,
        "StageName": "live",
        "DeploymentId": {"Ref": "Deployment"},
    }
    parts: dict[str, dict[str, Any]] = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": ref},
        },
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
    }
    for name, limits in PLANS.items():
        parts |= plan_resources(name, limits)
    cloudformation = engine.client("cloudformation")
    template = {"Resources": parts, "Outputs": {"Api": {"Value": ref}}}
    cloudformation.create_stack(
        StackName="answers-stack", TemplateBody=json.dumps(template)
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="answers-stack", WaiterConfig={"Delay": 1}
    )
    stack = cloudformation.describe_stacks(StackName="answers-stack")["Stacks"][0]
    items = engine.client("apigateway").get_api_keys(includeValues=True)["items"]
    values = {item["name"]: item["value"] for item in items}
    keys = {name: values[f"answers-{name}"] for name in PLANS}
    return Api(engine, stack["Outputs"][0]["OutputValue"], keys)


def require_problem(
    answer: tuple[int, dict[str, Any], dict[str, str]], status: int, code: str
) -> None:
    answered, document, headers = answer
    assert (answered, document["type"]) == (status, f"urn:traindrop:problem:{code}")
    assert document.get("status", status) == status
    assert document["error"]["code"] == code
    assert headers["content-type"] == "application/problem+json"
    assert document["instance"] == f"urn:uuid:{uuid.UUID(document['request_id'])}"


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (("Nobody",), 403, "wrong_api_key"),
        (("Free", "/nowhere"), 404, "unknown_route"),
        (("Free", "/work", b" " * (10 * 2**20 + 1)), 413, "body_too_large"),
        (("Free", "/work", b'{"raise": true}'), 502, "internal_error"),
        (("Free", "/hurried", b'{"sleep": 1}'), 504, "gateway_timeout"),
    ],
)
def test_the_gateway_answers_with_problems(
    api: Api, call: tuple[Any, ...], status: int, code: str
) -> None:
    require_problem(api.problem(*call), status, code)


@pytest.mark.parametrize(
    ("plan", "code", "seconds"),
    [("Slow", "too_many_requests", "1"), ("Daily", "quota_exceeded", "3600")],
)
def test_limits_say_when_to_come_again(
    api: Api, plan: str, code: str, seconds: str
) -> None:
    assert api.problem(plan)[0] == 200
    refusal = api.problem(plan)
    require_problem(refusal, 429, code)
    assert refusal[2]["retry-after"] == seconds
