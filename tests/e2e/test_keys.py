"""The stack's API keys: what each opens, and that a replaced one opens nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import httpx
import pytest

from tests.e2e.client import ROOT, Cloud

WRONG, NO_RIGHT = "wrong_api_key", "missing_right"


def key_of(cloud: Cloud, name: str) -> str:
    """The value of one of the stack's keys: Predict, Read or Manage."""
    stack = cloud.boto("cloudformation").describe_stacks(StackName="traindrop")
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for output in stack["Stacks"][0]["Outputs"]
    }
    gateway = cloud.boto("apigateway")
    key = gateway.get_api_key(apiKey=outputs[f"{name}KeyId"], includeValue=True)
    return str(key["value"])


def refusal(cloud: Cloud, key: str, method: str, path: str) -> str:
    """The code of a call's error."""
    url = cloud.environment["TRAINDROP_API_URL"] + path
    answer = httpx.request(
        method, url, headers={"x-api-key": key}, json={"inputs": ""}, timeout=60
    )
    return str(answer.json().get("error", {}).get("code", ""))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Predict", ("unknown_model", NO_RIGHT, NO_RIGHT)),
        ("Read", (NO_RIGHT, "", NO_RIGHT)),
        ("Manage", ("unknown_model", "", "unknown_model")),
    ],
)
def test_each_key_opens_what_it_may(
    cloud: Cloud, name: str, codes: tuple[str, str, str]
) -> None:
    key = key_of(cloud, name)
    calls = [
        ("POST", "/models/nobodys/predict"),
        ("GET", "/models"),
        ("DELETE", "/models/nobodys/endpoint"),
    ]
    assert tuple(refusal(cloud, key, *call) for call in calls) == codes


def test_a_replaced_key_opens_nothing(cloud: Cloud) -> None:
    before = key_of(cloud, "Read")
    done = subprocess.run(
        [sys.executable, "-m", "tools.rotate_key", "--stack=traindrop", "--key=read"],
        cwd=ROOT,
        env=os.environ | cloud.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = re.search(r"The read key is (\S+) \(id ", done.stdout)
    assert printed is not None
    assert printed[1] == key_of(cloud, "Read") != before
    assert refusal(cloud, before, "GET", "/models") == WRONG
    assert refusal(cloud, printed[1], "GET", "/models") == ""
