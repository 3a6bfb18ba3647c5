from __future__ import annotations

import json

from tests.integration.localcloud.engine.running import ROLE, Engine, eventually


def test_own_events_reach_their_rule(engine: Engine) -> None:
    events, sfn = engine.client("events"), engine.client("stepfunctions")
    machine = engine.machine("own-listener", {"Show": {"Type": "Pass", "End": True}})
    events.put_rule(
        Name="own",
        EventPattern=json.dumps(
            {"source": ["traindrop"], "detail": {"status": ["live"]}}
        ),
    )
    events.put_targets(
        Rule="own", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}]
    )
    for status in ("failed", "live"):
        detail = json.dumps({"status": status, "run": "r"})
        entry = {"Source": "traindrop", "DetailType": "Run ended", "Detail": detail}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    started = eventually(
        lambda: sfn.list_executions(stateMachineArn=machine)["executions"]
    )
    received = json.loads(
        sfn.describe_execution(executionArn=started[0]["executionArn"])["input"]
    )
    assert (len(started), received["detail"], received["detail-type"]) == (
        1,
        {"status": "live", "run": "r"},
        "Run ended",
    )


def test_a_rule_can_call_a_function(engine: Engine) -> None:
    events = engine.client("events")
    arn = engine.function(
        "ruled",
        "def handler(event, context):\n    print('heard', event['detail']['n'])\n",
    )
    events.put_rule(
        Name="to-function", EventPattern=json.dumps({"source": ["functions"]})
    )
    events.put_targets(Rule="to-function", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(
        Entries=[{"Source": "functions", "DetailType": "x", "Detail": '{"n": 7}'}]
    )
    logs = engine.client("logs")

    def ran() -> bool:
        if not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/ruled")[
            "logGroups"
        ]:
            return False
        events = logs.filter_log_events(logGroupName="/aws/lambda/ruled")["events"]
        return any("heard 7" in event["message"] for event in events)

    eventually(ran)


def test_scheduled_rule_is_accepted(engine: Engine) -> None:
    events = engine.client("events")
    events.put_rule(Name="every-five", ScheduleExpression="rate(5 minutes)")
    assert (
        events.describe_rule(Name="every-five")["ScheduleExpression"]
        == "rate(5 minutes)"
    )
