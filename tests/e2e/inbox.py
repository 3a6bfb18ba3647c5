"""A queue of the tests that is subscribed to a topic of the stack."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.client import Cloud, eventually


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
    """An SQS queue that is subscribed to a topic; `name` is the topic's in the template."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.sqs, sns = cloud.boto("sqs"), cloud.boto("sns")
        self.url = self.sqs.create_queue(QueueName=f"inbox-{name}")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        (self.topic,) = [
            topic["TopicArn"]
            for topic in sns.list_topics()["Topics"]
            if f"-{name}-" in topic["TopicArn"]
        ]
        self.sqs.set_queue_attributes(
            QueueUrl=self.url,
            Attributes={"Policy": json.dumps(_from_topic(self.topic, arn))},
        )
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
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
