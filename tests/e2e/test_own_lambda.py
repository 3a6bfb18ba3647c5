"""What users build around an endpoint themselves: a Lambda of their own that calls it, and its removal at the end."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from tests.e2e.client import Cloud, eventually

SOURCE = """
import json
import boto3

runtime = boto3.client("sagemaker-runtime")

def handler(event, context):
    answer = runtime.invoke_endpoint(
        EndpointName=event["endpoint"], ContentType="application/json", Body=json.dumps({"inputs": event["text"]})
    )
    return json.loads(answer["Body"].read())
"""
NAME = "callers-own"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    ],
}
INVOKE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint", "Resource": "*"}
    ],
}


@pytest.fixture
def function(cloud: Cloud) -> Iterator[str]:
    """A function with a role that may do nothing but invoke endpoints."""
    iam, functions = cloud.boto("iam"), cloud.boto("lambda")
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))[
        "Role"
    ]["Arn"]
    iam.put_role_policy(
        RoleName=NAME, PolicyName="invoke", PolicyDocument=json.dumps(INVOKE)
    )
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as files:
        files.writestr("app.py", SOURCE)
    code = {"ZipFile": bundle.getvalue()}
    functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code=code,
        Timeout=60,
    )
    yield NAME
    functions.delete_function(FunctionName=NAME)
    groups = cloud.boto("logs")
    for group in groups.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{NAME}")[
        "logGroups"
    ]:
        groups.delete_log_group(logGroupName=group["logGroupName"])
    iam.delete_role_policy(RoleName=NAME, PolicyName="invoke")
    iam.delete_role(RoleName=NAME)


def test_a_lambda_calls_the_endpoint_and_the_endpoint_is_deleted_with_boto3(
    cloud: Cloud, function: str, live: str
) -> None:
    cloud.drop("called-by-lambda", cloud.archive_of(live), "model.tar.gz")
    assert cloud.ended("called-by-lambda")["status"] == "live"
    endpoint = cloud.http.get("/models/called-by-lambda").json()["endpoint"]
    payload = json.dumps({"endpoint": endpoint, "text": "great lovely film"}).encode()
    answer = cloud.boto("lambda").invoke(FunctionName=function, Payload=payload)
    (best,) = json.loads(answer["Payload"].read())
    assert (best["label"], answer.get("FunctionError")) == ("positive", None)
    cloud.sagemaker.delete_endpoint(EndpointName=endpoint)
    eventually(
        "the endpoint is gone", lambda: endpoint not in cloud.endpoints(), timeout=30
    )
    assert cloud.predict("called-by-lambda", "a film").status_code == 409
