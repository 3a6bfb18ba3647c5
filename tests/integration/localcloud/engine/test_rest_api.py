from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.localcloud.engine.running import Engine

LAMBDA_URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
)
SOURCE = """
    import json, time

    def handler(event, context):
        body = json.loads(event["body"] or "{}")
        if body.get("raise"):
            raise RuntimeError("a secret")
        time.sleep(body.get("sleep", 0))
        if "answer" in body:
            return body["answer"]
        return {"statusCode": 200, "headers": {"x-own": "1"}, "body": json.dumps(event)}
"""


@dataclass
class Api:
    engine: Engine
    id: str
    key: str

    def call(self, body: Any = None, *, path: str = "/models/m/predict", key: str | None = None, method: str = "POST",
             raw: bytes | None = None) -> tuple[int, Any, dict[str, str]]:  # fmt: skip
        headers = {
            "x-api-key": self.key if key is None else key,
            "content-type": "application/json",
        }
        sent = raw if raw is not None else json.dumps(body or {}).encode()
        address = f"/_aws/execute-api/{self.id}/v1{path}"
        status, text, back = self.engine.request(
            method, address, sent if method == "POST" else None, headers
        )
        return status, json.loads(text or b"null"), back


def integration(uri: str, **more: Any) -> dict[str, Any]:
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, **more}
    return {"x-amazon-apigateway-integration": proxy, "security": [{"api_key": []}]}


@pytest.fixture(scope="session")
def api(engine: Engine) -> Api:
    """A REST API as SAM writes it: an OpenAPI body, a stage, a key in a usage plan."""
    uri = LAMBDA_URI.format(engine.function("api", SOURCE))
    cors = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": "{}"},
                "responseParameters": {
                    "method.response.header.Access-Control-Allow-Origin": "'*'"
                },
            }
        },
    }
    body = {
        "openapi": "3.0.1",
        "info": {"title": "api", "version": "1"},
        "paths": {
            "/models/{model}/predict": {
                "post": integration(uri),
                "options": {"x-amazon-apigateway-integration": cors},
            },
            "/hurried": {"post": integration(uri, timeoutInMillis=500)},
            "/others/known": {"get": integration(uri)},
            "/others/{proxy+}": {
                "x-amazon-apigateway-any-method": integration(uri),
            },
        },
        "x-amazon-apigateway-gateway-responses": {
            "INVALID_API_KEY": {
                "statusCode": 403,
                "responseTemplates": {
                    "application/json": '{"error": {"message": $context.error.messageString}}'
                },
                "responseParameters": {
                    "gatewayresponse.header.Content-Type": "'application/problem+json'"
                },
            }
        },
        "components": {
            "securitySchemes": {
                "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}
            }
        },
    }
    ref = {"Ref": "Api"}
    template = {
        "Resources": {
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {"Body": body, "ApiKeySourceType": "HEADER"},
            },
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {"RestApiId": ref},
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {
                    "RestApiId": ref,
                    "StageName": "v1",
                    "DeploymentId": {"Ref": "Deployment"},
                },
            },
            "Key": {
                "Type": "AWS::ApiGateway::ApiKey",
                "Properties": {"Enabled": True, "Name": "test-key"},
            },
            "Plan": {
                "Type": "AWS::ApiGateway::UsagePlan",
                "Properties": {
                    "ApiStages": [{"ApiId": ref, "Stage": {"Ref": "Stage"}}]
                },
            },
            "PlanKey": {
                "Type": "AWS::ApiGateway::UsagePlanKey",
                "Properties": {
                    "KeyId": {"Ref": "Key"},
                    "KeyType": "API_KEY",
                    "UsagePlanId": {"Ref": "Plan"},
                },
            },
        },
        "Outputs": {"Api": {"Value": ref}, "Key": {"Value": {"Ref": "Key"}}},
    }
    cloudformation = engine.client("cloudformation")
    cloudformation.create_stack(
        StackName="api-stack", TemplateBody=json.dumps(template)
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="api-stack", WaiterConfig={"Delay": 1}
    )
    outputs = cloudformation.describe_stacks(StackName="api-stack")["Stacks"][0][
        "Outputs"
    ]
    named = {output["OutputKey"]: output["OutputValue"] for output in outputs}
    keys = engine.client("apigateway").get_api_keys(includeValues=True)["items"]
    return Api(
        engine,
        named["Api"],
        next(key["value"] for key in keys if key["id"] == named["Key"]),
    )


def test_proxied_call_carries_parameters_key_and_api_name(api: Api) -> None:
    status, event, headers = api.call(
        {"a": "ü"}, path="/models/my-model/predict?x=1&x=2"
    )
    assert (status, headers["x-own"]) == (200, "1")
    assert event["pathParameters"] == {"model": "my-model"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert json.loads(event["body"]) == {"a": "ü"}
    assert event["requestContext"]["identity"]["apiKey"] == api.key
    assert event["requestContext"]["identity"]["apiKeyId"]
    assert event["requestContext"]["domainName"].startswith(f"{api.id}.execute-api.")
    assert (event["resource"], event["requestContext"]["stage"]) == (
        "/models/{model}/predict",
        "v1",
    )


@pytest.mark.parametrize("key", ["", "wrong"])
def test_without_the_key_it_is_403_in_the_apis_own_words(api: Api, key: str) -> None:
    status, body, headers = api.call(key=key)
    assert (status, body) == (403, {"error": {"message": "Forbidden"}})
    assert headers["content-type"] == "application/problem+json"


def test_raised_exception_is_502_and_gives_nothing_away(api: Api) -> None:
    assert api.call({"raise": True})[:2] == (502, {"message": "Internal server error"})


@pytest.mark.parametrize(
    "answer",
    [{"foo": 1}, "text", {"statusCode": 200, "body": {"not": "text"}}, [1], None],
)
def test_malformed_answer_is_502(api: Api, answer: Any) -> None:
    assert api.call({"answer": answer})[:2] == (
        502,
        {"message": "Internal server error"},
    )


def test_own_status_and_body_pass(api: Api) -> None:
    assert api.call({"answer": {"statusCode": 404, "body": '{"message": "no"}'}})[
        :2
    ] == (
        404,
        {"message": "no"},
    )


def test_late_answer_is_504(api: Api) -> None:
    began = time.monotonic()
    assert api.call({"sleep": 2}, path="/hurried")[:2] == (
        504,
        {"message": "Endpoint request timed out"},
    )
    assert time.monotonic() - began < 1.5


def test_more_than_10_mb_is_413(api: Api) -> None:
    assert api.call(raw=b'"' + b"x" * (10 * 1024 * 1024) + b'"')[:2] == (
        413,
        {"message": "Request Too Long"},
    )


def test_unknown_path_is_403(api: Api) -> None:
    assert api.call(path="/nowhere")[:2] == (
        403,
        {"message": "Missing Authentication Token"},
    )


@pytest.mark.parametrize(
    ("method", "path", "proxy"),
    [
        ("POST", "/others/known", "known"),
        ("DELETE", "/others/known", "known"),
        ("GET", "/others/a/b%20c", "a/b c"),
    ],
)
def test_a_catch_all_takes_other_methods_and_paths(
    api: Api, method: str, path: str, proxy: str
) -> None:
    """The developer guide's "Set up a proxy integration with a proxy resource" says so of paths."""
    status, event, _ = api.call(path=path, method=method)
    assert (status, event["resource"]) == (200, "/others/{proxy+}")
    assert event["pathParameters"] == {"proxy": proxy}
    assert event["httpMethod"] == method


def test_a_catch_all_needs_the_key_and_leaves_what_has_a_resource(api: Api) -> None:
    assert api.call(path="/others/x", key="")[0] == 403
    assert (
        api.call(path="/others/known", method="GET")[1]["resource"] == "/others/known"
    )


def test_preflight_answers_with_cors_headers(api: Api) -> None:
    status, _, headers = api.call(method="OPTIONS")
    assert (status, headers["access-control-allow-origin"]) == (200, "*")


def test_many_calls_of_one_client_are_quick(api: Api) -> None:
    api.call()
    began = time.monotonic()
    for _ in range(20):
        assert api.call()[0] == 200
    assert time.monotonic() - began < 1.5


def test_a_page_arrives_as_the_function_wrote_it(api: Api) -> None:
    page = "<!doctype html>\n<title>größe</title>"
    headers = {
        "Content-Type": ["text/html; charset=utf-8"],
        "Content-Security-Policy": ["sandbox"],
    }
    answer = {
        "statusCode": 200,
        "multiValueHeaders": headers,
        "body": page,
        "isBase64Encoded": False,
    }
    status, text, back = api.engine.request(
        "POST",
        f"/_aws/execute-api/{api.id}/v1/models/m/predict",
        json.dumps({"answer": answer}).encode(),
        {"x-api-key": api.key, "content-type": "application/json"},
    )
    lowered = {name.lower(): value for name, value in back.items()}
    assert (status, text.decode()) == (200, page)
    assert lowered["content-type"] == "text/html; charset=utf-8"
    assert lowered["content-security-policy"] == "sandbox"


def test_a_body_that_fits_the_gateway_but_not_lambdas_event_is_413(api: Api) -> None:
    words = b'{"inputs": "' + b"x" * (5 * 1024 * 1024 - 14) + b'"}'
    assert api.call(raw=words)[0] == 200
    quotes = b'{"inputs": "' + b'\\"' * (2 * 1024 * 1024) + b'"}'
    assert api.call(raw=quotes)[:2] == (413, {"message": "Request Too Long"})


def test_header_names_arrive_in_lower_case(api: Api) -> None:
    _, event, _ = api.call({})
    names = list(event["headers"])
    assert "x-api-key" in names
    assert names == [name.lower() for name in names]
