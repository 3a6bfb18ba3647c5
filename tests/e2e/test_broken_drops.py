"""Drops that must not train: refused with the row and the remedy, everywhere a user looks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.client import Cloud, eventually
from tests.e2e.drops import BROKEN


def _from_topic(topic: str, queue: str) -> dict[str, Any]:
    """A queue takes messages from a topic only if its policy says so."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


class Inbox:
    """An SQS queue that is subscribed to the stack's topic."""

    def __init__(self, cloud: Cloud) -> None:
        self.sqs = cloud.boto("sqs")
        self.url = self.sqs.create_queue(QueueName="inbox")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        sns = cloud.boto("sns")
        topic = next(
            topic["TopicArn"]
            for topic in sns.list_topics()["Topics"]
            if "Topic" in topic["TopicArn"]
        )
        self.sqs.set_queue_attributes(
            QueueUrl=self.url,
            Attributes={"Policy": json.dumps(_from_topic(topic, arn))},
        )
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self.read: list[str] = []

    def message_with(self, text: str) -> str:
        def look() -> str | None:
            messages = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10
            ).get("Messages", [])
            self.read += [
                json.loads(message["Body"])["Message"] for message in messages
            ]
            return next((message for message in self.read if text in message), None)

        return eventually(f"a notification with {text!r}", look, timeout=30)


@pytest.fixture(scope="module")
def inbox(cloud: Cloud) -> Inbox:
    return Inbox(cloud)


def problem_of(cloud: Cloud, record: dict[str, Any]) -> str:
    return str(cloud.run(record["run"])["problems"][0]["message"])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_rejected_with_the_row_and_the_remedy(
    cloud: Cloud, inbox: Inbox, name: str
) -> None:
    body, clue = BROKEN[name]
    model = "broken-" + name.replace(" ", "-")
    cloud.drop(model, body)
    record = cloud.ended(model, timeout=60)
    assert record["status"] == "rejected"
    problem = problem_of(cloud, record)
    assert clue.lower() in problem.lower()
    assert problem in inbox.message_with(record["run"])
    assert not any(
        record["run"] in made
        for made in [*cloud.jobs(), *cloud.configs(), *cloud.models()]
    )
    assert cloud.http.get(f"/models/{model}").json().get("champion") is None


def test_a_mended_drop_under_the_same_name_starts_a_new_run(cloud: Cloud) -> None:
    cloud.drop("mended", b"text,label\n")
    first = cloud.ended("mended", timeout=60)
    assert first["status"] == "rejected"
    cloud.drop("mended", b"text,label\nfine,yes\n")
    second = cloud.ended("mended", besides=[first["run"]], timeout=60)
    assert second["run"] != first["run"]
