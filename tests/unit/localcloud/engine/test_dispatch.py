from __future__ import annotations

import pytest

from localcloud.engine.dispatch import Request

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("request_", "operation"),
    [
        (
            Request("POST", "/", {"x-amz-target": "SageMaker.ListModels"}, b"", {}),
            "ListModels",
        ),
        (Request("GET", "/", {}, b"", {"Action": ["ListUsers"]}), "ListUsers"),
        (
            Request("POST", "/", FORM, b"Version=1&Action=GetCallerIdentity", {}),
            "GetCallerIdentity",
        ),
        (Request("POST", "/", FORM, b"Version=1", {}), ""),
        (Request("PUT", "/bucket/key", {}, b"Action=ListUsers", {}), ""),
    ],
    ids=["JSON", "query", "form", "a form without an action", "REST"],
)
def test_the_operation_is_where_the_protocol_names_it(
    request_: Request, operation: str
) -> None:
    assert request_.operation == operation
