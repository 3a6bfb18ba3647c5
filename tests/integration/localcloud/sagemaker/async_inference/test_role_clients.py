"""Under IAM an asynchronous invocation has the rights of its model's role, and its caller needs its own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.async_inference.endpoints import (
    answer,
    async_config,
    invoke,
    is_written,
    make_topic,
    serve,
    text,
    topics,
)
from tests.integration.localcloud.sagemaker.common.test_access import (
    ARN,
    caller,
    own,
    role,
)
from tests.integration.localcloud.sagemaker.conftest import (
    Local,
)

ARCHIVES = {"Action": "s3:GetObject", "Resource": f"{ARN}/archives/*"}
INPUTS = {"Action": "s3:GetObject", "Resource": f"{ARN}/inputs/*"}
OUTPUTS = {"Action": "s3:PutObject", "Resource": f"{ARN}/models/outputs/*"}
FAILURES = {"Action": "s3:PutObject", "Resource": f"{ARN}/models/failures/*"}
PUBLISH = {"Action": "sns:Publish", "Resource": "*"}


@pytest.fixture(scope="module")
def local(local_with_iam: Local) -> Local:
    return local_with_iam


def test_a_role_that_may_read_and_write_is_enough(local: Local, iam: Any) -> None:
    name = serve(local, role=role(iam, ARCHIVES, INPUTS, OUTPUTS))
    assert answer(local, invoke(local, name))["version"] == "one"


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ((ARCHIVES, OUTPUTS, FAILURES), "ClientError: Failed to download the input"),
        ((ARCHIVES, INPUTS, FAILURES), "ClientError: Failed to upload the response"),
    ],
)
def test_what_the_role_may_not_do_is_written_as_a_failure(
    statements: tuple[dict[str, Any], ...], reason: str, local: Local, iam: Any
) -> None:
    accepted = invoke(local, serve(local, role=role(iam, *statements)))
    failure = text(local, accepted["FailureLocation"])
    assert failure.startswith(reason)
    assert "AccessDenied" in failure
    assert not is_written(local, accepted["OutputLocation"])


def test_a_role_that_may_write_nothing_still_announces(local: Local, iam: Any) -> None:
    success, error = make_topic(local), make_topic(local)
    config = async_config(NotificationConfig=topics(success, error))
    name = serve(local, config, role=role(iam, ARCHIVES, INPUTS, PUBLISH))
    accepted = invoke(local, name)
    [notice] = error.results(1)
    assert notice["inferenceId"] == accepted["InferenceId"]
    assert notice["failureReason"].startswith("ClientError: Failed to upload")
    assert "failureLocation" not in notice.get("responseParameters", {})
    assert success.results(0) == []


def test_an_endpoint_whose_role_may_not_publish_is_not_deployed(
    local: Local, iam: Any
) -> None:
    topic = make_topic(local)
    config = async_config(NotificationConfig=topics(topic, topic))
    passed = role(iam, ARCHIVES, INPUTS, OUTPUTS)
    name = local.make_config("one", role=passed, asynchronous=config)
    local.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    endpoint = local.settled(name)
    assert endpoint["EndpointStatus"] == "Failed"
    assert f"test notification to the topic {topic.arn}" in endpoint["FailureReason"]
    assert "needs sns:Publish" in endpoint["FailureReason"]


def test_a_caller_needs_invoke_endpoint_async(local: Local, iam: Any) -> None:
    """InvokeEndpoint is another action."""
    cases = (
        ("InvokeEndpoint", r"AccessDenied.*sagemaker:InvokeEndpointAsync"),
        ("InvokeEndpointAsync", r"ValidationError.*not found"),
    )
    for action, words in cases:
        allowed = own(action, kind="endpoint")
        client = caller(local, iam, "sagemaker-runtime", allowed)
        with pytest.raises(ClientError, match=words):
            client.invoke_endpoint_async(EndpointName="job-1", InputLocation="s3://b/k")
        client.close()
