"""The alarms by which IAM decides."""

from __future__ import annotations

import json

import pytest
from ministack.core import iam_actions

from localcloud.engine.alarms import _with_alarms

ALARM = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"


@pytest.mark.parametrize(
    ("service", "request_", "resource"),
    [
        ("monitoring", {"AlarmName": "p-errors"}, f"{ALARM}p-errors"),
        ("monitoring", {"AlarmNames": ["p-errors", "q"]}, f"{ALARM}p-errors"),
        ("monitoring", {"AlarmNamePrefix": "p-"}, "*"),
        ("monitoring", {"AlarmNames": []}, "*"),
        ("monitoring", None, "*"),
    ],
)
def test_a_request_is_for_the_first_alarm_that_it_names(
    service: str, request_: object, resource: str
) -> None:
    extract = _with_alarms(iam_actions.extract_resource_arn)
    body = json.dumps(request_).encode() if request_ else b"{"
    arn = extract(service, "POST", "/", {}, body, {}, "us-east-1", "000000000000")
    assert arn == resource
