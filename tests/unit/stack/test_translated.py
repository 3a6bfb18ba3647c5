"""What SAM makes of the template: names that belong to this stack alone, and no partition written out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.stack import template, translated

RESOURCES: dict[str, dict[str, Any]] = translated.load()["Resources"]
OWN_SCOPE = {
    ("AWS::ApiGateway::Stage", "StageName"): "of its API",
    ("AWS::CloudWatch::Alarm", "MetricName"): "a metric of AWS",
    ("AWS::Lambda::Permission", "FunctionName"): "refers to a function",
}
"""Names that another stack may have too, with the reason."""
SERVICES = ("apigateway", "events", "lambda", "sagemaker", "scheduler", "states")
"""Those that take a role, or call a function, of the stack."""


def physical_names() -> Iterator[tuple[str, str, Any]]:
    """Logical id, property and value of every name that AWS sees."""
    for logical_id, resource in RESOURCES.items():
        for name, value in resource.get("Properties", {}).items():
            if name.endswith("Name") and (resource["Type"], name) not in OWN_SCOPE:
                yield logical_id, name, value


@pytest.mark.parametrize(
    ("logical_id", "name", "value"),
    list(physical_names()),
    ids=lambda piece: str(piece)[:60],
)
def test_a_name_on_aws_holds_the_stacks_name(
    logical_id: str, name: str, value: Any
) -> None:
    text = json.dumps(value)
    assert "AWS::StackName" in text or '"Ref": "' in text, (
        f"{logical_id}.{name} is {text}"
    )


def test_the_schedule_and_the_log_groups_are_among_them() -> None:
    kinds = {RESOURCES[logical_id]["Type"] for logical_id, _, _ in physical_names()}
    assert {
        "AWS::Scheduler::Schedule",
        "AWS::Logs::LogGroup",
        "AWS::ApiGateway::RestApi",
    } <= kinds


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
    ],
)
def test_every_arn_is_of_the_regions_partition_and_every_domain_is_not_written_out(
    region: str, partition: str
) -> None:
    text = json.dumps(translated.load(region))
    assert set(re.findall(r"arn:(aws[\w-]*):", text)) == {partition}
    # Principals of services have this domain in every partition; addresses end in AWS::URLSuffix.
    domains = set(re.findall(r"[\w.-]*amazonaws\.com[\w.]*", text))
    assert domains == {f"{service}.amazonaws.com" for service in SERVICES}


def test_no_partition_is_written_out() -> None:
    text = (template.ROOT / "template.yaml").read_text()
    assert not re.findall(r"arn:aws[:-]", text)
    assert not re.findall(
        r"amazonaws\.com(?!\"|$|})", re.sub(r"sagemaker\.amazonaws\.com", "", text)
    )
