"""Nobody but the owner of the state folder gets anything out of the engine."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import REGION, Engine

CREATE = {"x-amz-target": "SageMaker.CreateTrainingJob"}


def stranger(engine: Engine, service: str, key: str, secret: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=engine.url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )


CALLS: dict[str, Any] = {
    "s3": lambda client: client.list_buckets(),
    "dynamodb": lambda client: client.list_tables(),
    "lambda": lambda client: client.list_functions(),
    "apigateway": lambda client: client.get_api_keys(includeValues=True),
    "iam": lambda client: client.create_user(UserName="evil"),
    "sts": lambda client: client.get_caller_identity(),
    "stepfunctions": lambda client: client.list_state_machines(),
    "cloudformation": lambda client: client.list_stacks(),
    "logs": lambda client: client.describe_log_groups(),
    "sagemaker": lambda client: client.list_models(),
}


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize(
    ("key", "secret"),
    [("test", "another"), ("000000000000", "another"), ("AKIAUNKNOWN", "test")],
)
def test_a_wrong_secret_is_refused_in_the_words_of_the_service(
    engine: Engine, service: str, key: str, secret: str
) -> None:
    with (
        closing(stranger(engine, service, key, secret)) as client,
        pytest.raises(ClientError) as caught,
    ):
        CALLS[service](client)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert caught.value.response["Error"]["Code"] not in ("404", "InternalError")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/bucket/key", {}),
        ("PUT", "/bucket", {}),
        ("POST", "/_ministack/reset", {}),
        ("POST", "/_ministack/config", {}),
        ("GET", "/_ministack/ready", {}),
        ("GET", "/_aws/ses", {}),
        ("GET", "/_aws/execute-api/", {}),
        ("POST", "/_aws/execute-api/x", CREATE),
        ("POST", "/", CREATE),
        ("POST", "/", CREATE | {"content-type": "text/plain"}),
        ("POST", "/", {"x-amz-target": "LocalCloud.Secret"}),
        ("OPTIONS", "/", {"origin": "http://evil.example"}),
        ("POST", "/2015-03-31/functions/x/invocations", {}),
    ],
)
def test_an_unsigned_request_is_refused(
    engine: Engine, method: str, path: str, headers: dict[str, str]
) -> None:
    body = b"{}" if method in ("POST", "PUT") else None
    status, _, _ = engine.request(method, path, body, headers)
    assert status in (400, 403)
    assert engine.request("GET", "/_ministack/health")[0] == 200


@pytest.mark.parametrize("target", [CREATE, {"x-amz-target": "DynamoDB.ListTables"}])
def test_the_open_path_of_an_api_leads_to_no_service(
    engine: Engine, target: dict[str, str]
) -> None:
    path = "/_aws/execute-api/none/live/runs"
    status, text, _ = engine.request("POST", path, b"{}", target)
    assert status in (403, 404)
    assert b"TableNames" not in text


def test_a_foreign_host_or_page_is_refused_even_with_a_signature(
    engine: Engine,
) -> None:
    sign = {"signed_for": "s3"}
    assert engine.request("GET", "/", None, {}, **sign)[0] == 200
    for extra in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        status, text, _ = engine.request("GET", "/", None, extra, **sign)
        assert status == 403, text


def test_a_functions_credentials_cannot_be_computed(engine: Engine) -> None:
    """They are secret though the names that they belong to are public."""
    source = "import os\ndef handler(event, _):\n    return os.environ['AWS_SECRET_ACCESS_KEY']\n"
    engine.function("secretive", source)
    own, _ = engine.invoke("secretive")
    assert own == "test", "without IAM a function is the account"


def test_state_is_the_owners_alone(engine: Engine) -> None:
    engine.client("s3").create_bucket(Bucket="private")
    engine.client("s3").put_object(Bucket="private", Key="a", Body=b"1")
    for path in engine.state.rglob("*"):
        # Files that are being written have gone by now.
        with contextlib.suppress(FileNotFoundError):
            assert path.lstat().st_mode & 0o077 == 0 or path.is_symlink(), path


def test_a_presigned_address_of_another_secret_is_refused(engine: Engine) -> None:
    engine.client("s3").create_bucket(Bucket="signed")
    with closing(stranger(engine, "s3", "test", "another")) as client:
        url = client.generate_presigned_url(
            "get_object", Params={"Bucket": "signed", "Key": "a"}
        )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=5)
    with caught.value as error:
        assert error.code == 403


def test_a_refused_request_names_the_way_in(engine: Engine) -> None:
    headers = {"x-amz-target": "DynamoDB_20120810.ListTables"}
    _, text, _ = engine.request("POST", "/", b"{}", headers)
    assert "localcloud env" in json.loads(text).get("message", "")
