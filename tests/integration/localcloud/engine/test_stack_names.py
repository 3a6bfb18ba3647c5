"""Two stacks in one account and region: a name that one of them has is refused to the other, as on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.localcloud.engine.running import ROLE, Engine, eventually

RESOURCES: dict[str, dict[str, Any]] = {
    "AWS::Scheduler::Schedule": {
        "Name": "every-quarter",
        "ScheduleExpression": "rate(15 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "RoleArn": ROLE,
        },
    },
    "AWS::Logs::LogGroup": {"LogGroupName": "/aws/lambda/functions"},
    "AWS::SNS::Topic": {"TopicName": "ends-of-runs"},
}


def deploy(engine: Engine, stack: str, resource: dict[str, Any]) -> dict[str, Any]:
    """The stack's description when it is settled."""
    cloudformation = engine.client("cloudformation")
    template = json.dumps({"Resources": {"Only": resource}})
    cloudformation.create_stack(StackName=stack, TemplateBody=template)

    def settled() -> dict[str, Any] | None:
        description: dict[str, Any] = cloudformation.describe_stacks(StackName=stack)[
            "Stacks"
        ][0]
        return (
            None if description["StackStatus"].endswith("_IN_PROGRESS") else description
        )

    description = eventually(settled)
    assert description is not None
    return description


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_name_that_another_stack_has_is_refused(engine: Engine, kind: str) -> None:
    resource = {"Type": kind, "Properties": RESOURCES[kind]}
    slug = kind.rpartition(":")[2].lower()
    assert deploy(engine, f"first-{slug}", resource)["StackStatus"] == "CREATE_COMPLETE"
    assert (
        deploy(engine, f"second-{slug}", resource)["StackStatus"] == "ROLLBACK_COMPLETE"
    )
    events = engine.client("cloudformation").describe_stack_events(
        StackName=f"second-{slug}"
    )
    reasons = [event.get("ResourceStatusReason", "") for event in events["StackEvents"]]
    assert any("already exists" in reason for reason in reasons), reasons


def test_the_first_stack_keeps_what_the_second_was_refused(engine: Engine) -> None:
    schedule = dict(RESOURCES["AWS::Scheduler::Schedule"], Name="kept")
    resource = {"Type": "AWS::Scheduler::Schedule", "Properties": schedule}
    deploy(engine, "keeper", resource)
    deploy(engine, "latecomer", resource)
    assert engine.client("scheduler").get_schedule(Name="kept")["State"] == "ENABLED"
