"""How S3's events reach the function that notes them, as the template wires it."""

from __future__ import annotations

from typing import Any

from benchmarks.scale_calls import count_calls
from benchmarks.scale_plan import CALL_SECONDS, Plan
from tests.unit.stack import template

RESOURCES: dict[str, Any] = template.load()["Resources"]
QUEUE = RESOURCES["Arrivals"]["Properties"]
RULE = RESOURCES["UploadRule"]["Properties"]
MAPPING = RESOURCES["ArrivalsMapping"]["Properties"]
ARN = {"Fn::GetAtt": "Arrivals.Arn"}
DEFAULT_TIMEOUT: int = template.load()["Globals"]["Function"]["Timeout"]
LOST = {"Fn::GetAtt": "LostArrivals.Arn"}


def test_files_of_drops_reach_the_queue_and_nothing_else_does() -> None:
    (key,) = RULE["EventPattern"]["detail"]["object"]["key"]
    assert key == {"prefix": "datasets/"}
    (target,) = RULE["Targets"]
    assert target["Arn"] == ARN
    assert "Events" not in RESOURCES["Workflow"]["Properties"]


def test_only_the_rule_may_write_to_the_queues() -> None:
    policy = RESOURCES["ArrivalsPolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Resource"] == [ARN, LOST]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "UploadRule.Arn"}}
    }


def test_events_come_in_large_batches_with_few_functions_at_it() -> None:
    assert (MAPPING["EventSourceArn"], MAPPING["BatchSize"]) == (ARN, 100)
    assert 1 <= MAPPING["MaximumBatchingWindowInSeconds"] <= 10
    assert MAPPING["ScalingConfig"]["MaximumConcurrency"] <= 10
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_batch_is_not_delivered_again_while_it_is_worked_on() -> None:
    function = template.functions()["ArriveFunction"]
    timeout = function.get("Timeout", DEFAULT_TIMEOUT)
    assert QUEUE["VisibilityTimeout"] >= 6 * timeout


def test_what_cannot_be_noted_is_kept_and_raises_an_alarm() -> None:
    assert QUEUE["RedrivePolicy"]["deadLetterTargetArn"] == LOST
    assert RULE["Targets"][0]["DeadLetterConfig"] == {"Arn": LOST}
    alarm = RESOURCES["LostArrivalsAlarm"]["Properties"]
    (dimension,) = alarm["Dimensions"]
    assert dimension["Value"] == {"Fn::GetAtt": "LostArrivals.QueueName"}
    assert alarm["Threshold"] == 0


def test_the_workflow_is_named_so_that_a_function_it_calls_can_start_it() -> None:
    workflow = RESOURCES["Workflow"]["Properties"]
    assert workflow["Name"] == {"Ref": "AWS::StackName"}
    variables = template.functions()["NextDropFunction"]["Environment"]["Variables"]
    assert variables["STATE_MACHINE_ARN"]["Fn::Sub"].endswith(
        ":stateMachine:${AWS::StackName}"
    )


def test_a_batch_of_as_many_drops_is_noted_well_within_the_functions_time() -> None:
    """What is not noted by then is delivered again six minutes later, and only five times."""
    calls = count_calls().invocations["Arrive"]
    seconds = sum(
        CALL_SECONDS[name.split()[0]] * count for name, count in calls.items()
    )
    timeout = template.functions()["ArriveFunction"].get("Timeout", DEFAULT_TIMEOUT)
    assert seconds * MAPPING["BatchSize"] < timeout / 4
    assert Plan.arrive_batch == MAPPING["BatchSize"]
    assert Plan.arrive_timeout == timeout
