"""A stack's update that changes an API's paths: its address stays, as on AWS."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.localcloud.engine.running import Engine

STACK = "growing-api"


def answers(text: str) -> dict[str, Any]:
    """An operation that the gateway itself answers."""
    integration = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": json.dumps(text)},
            }
        },
    }
    return {"get": {"x-amazon-apigateway-integration": integration}}


def template(paths: dict[str, Any], deployment: str) -> str:
    """As SAM writes it: the deployment's logical id changes with the paths."""
    api = {"Ref": "Api"}
    body = {"openapi": "3.0.1", "info": {"title": "growing"}, "paths": paths}
    resources = {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "growing", "Body": body},
        },
        deployment: {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": api},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": api,
                "StageName": "v1",
                "DeploymentId": {"Ref": deployment},
            },
        },
    }
    return json.dumps({"Resources": resources, "Outputs": {"Api": {"Value": api}}})


def api_id(engine: Engine) -> str:
    cloudformation = engine.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    value: str = stack["Outputs"][0]["OutputValue"]
    return value


def call(engine: Engine, api: str, path: str) -> tuple[int, Any]:
    status, text, _ = engine.request("GET", f"/_aws/execute-api/{api}/v1{path}")
    return status, json.loads(text)


def test_an_api_whose_paths_change_keeps_its_address(engine: Engine) -> None:
    cloudformation = engine.client("cloudformation")
    first = template({"/old": answers("old"), "/both": answers("first")}, "First")
    cloudformation.create_stack(StackName=STACK, TemplateBody=first)
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1}
    )
    before = api_id(engine)
    created = engine.client("apigateway").get_rest_api(restApiId=before)["createdDate"]
    assert call(engine, before, "/both") == (200, "first")

    second = template({"/both": answers("second"), "/new": answers("new")}, "Second")
    cloudformation.update_stack(StackName=STACK, TemplateBody=second)
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1}
    )
    assert api_id(engine) == before
    assert call(engine, before, "/both") == (200, "second")
    assert call(engine, before, "/new") == (200, "new")
    assert call(engine, before, "/old")[0] == 403
    apis = engine.client("apigateway").get_rest_apis()["items"]
    growing = [item for item in apis if item["name"] == "growing"]
    assert [(item["id"], item["createdDate"]) for item in growing] == [
        (before, created)
    ]
