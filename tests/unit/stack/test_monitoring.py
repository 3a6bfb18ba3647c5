"""Alarms and dashboard of the template: what they watch exists, and a parameter takes all of it away."""

from __future__ import annotations

import json
import re
from typing import Any

from functions.sweep.spend import BUDGET_PERCENT, MONTH_USD
from tests.unit.stack import template

RESOURCES = template.load()["Resources"]
ALARMS = {
    name: resource
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
DASHBOARD = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]


def test_every_alarm_says_what_it_means_and_mails_where_monitoring_is_on() -> None:
    assert len(ALARMS) == 6
    for name, alarm in ALARMS.items():
        properties = alarm["Properties"]
        assert len(properties["AlarmDescription"]) > 40, name
        assert properties["TreatMissingData"] == "notBreaching", name
        actions: Any = [{"Ref": "AlarmTopic"}]
        if "Condition" not in alarm:
            actions = {"Fn::If": ["Monitored", actions, []]}
        else:
            watches = {"SpendAlarm": "WatchesSpend"}
            assert alarm["Condition"] == watches.get(name, "Monitored"), name
        assert properties["AlarmActions"] == actions, name


def test_the_topic_of_alarms_has_no_key_that_cloudwatch_may_not_use() -> None:
    topic = RESOURCES["AlarmTopic"]
    assert topic["Condition"] == "Monitored"
    assert "KmsMasterKeyId" not in topic.get("Properties", {})


def test_what_is_watched_is_named_as_the_stack_names_it() -> None:
    api = RESOURCES["Api"]["Properties"]
    watched = {
        item["Name"]: item["Value"]
        for item in ALARMS["ApiErrorsAlarm"]["Properties"]["Dimensions"]
    }
    assert api["Name"] == {"Fn::Sub": "${AWS::StackName}"}
    assert watched == {"ApiName": {"Ref": "AWS::StackName"}, "Stage": api["StageName"]}
    assert f'"Stage", "{api["StageName"]}"' in DASHBOARD


def test_the_dashboard_is_json_of_things_that_exist() -> None:
    names = set(re.findall(r"\$\{([^}]*)\}", DASHBOARD))
    assert names - {"AWS::Region", "AWS::StackName"} <= RESOURCES.keys()
    body = json.loads(re.sub(r"\$\{[^}]*\}", "x", DASHBOARD))
    assert len(body["widgets"]) == 7
    places = [(item["x"], item["y"]) for item in body["widgets"]]
    assert len(set(places)) == len(places)


def test_the_alarm_of_the_budget_watches_what_the_sweep_measures() -> None:
    alarm = ALARMS["SpendAlarm"]["Properties"]
    dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Traindrop", BUDGET_PERCENT)
    assert dimensions == {"service": {"Ref": "AWS::StackName"}, "step": "sweep"}
    assert f'"Traindrop", "{MONTH_USD}"' in DASHBOARD
