from __future__ import annotations

import json

import pytest
from ministack.core import iam_actions

from localcloud.engine.log_streams import with_streams

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/TrainingJobs"
BODY = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "job/algo-1"}


@pytest.mark.parametrize(
    ("action", "body", "resource"),
    [
        ("DeleteLogStream", BODY, f"{GROUP}:log-stream:job/algo-1"),
        ("GetLogEvents", BODY, f"{GROUP}:log-stream:job/algo-1"),
        ("DescribeLogStreams", BODY, GROUP),
        ("GetLogEvents", {}, "*"),
    ],
)
def test_the_resource_is_the_one_that_aws_asks_for(
    action: str, body: dict[str, str], resource: str
) -> None:
    extract = with_streams(iam_actions.extract_resource_arn)
    headers = {"x-amz-target": f"Logs_20140328.{action}"}
    content = json.dumps(body).encode()
    arn = extract(
        "logs", "POST", "/", headers, content, {}, "us-east-1", "000000000000"
    )
    assert arn == resource
