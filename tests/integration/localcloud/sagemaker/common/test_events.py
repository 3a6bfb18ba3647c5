from __future__ import annotations

import json
from typing import Any

from tests.integration.localcloud.sagemaker.conftest import Local, wait_until


def test_state_changes_are_sent_to_eventbridge(local: Local) -> None:
    queue = local.sqs.create_queue(QueueName="job-events")["QueueUrl"]
    arn = local.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
    }
    local.events.put_rule(Name="jobs", EventPattern=json.dumps(pattern))
    local.events.put_targets(Rule="jobs", Targets=[{"Id": "1", "Arn": arn}])
    name = local.train("", Tags=[{"Key": "traindrop:run", "Value": "r1"}])
    local.finished(name)
    seen: list[dict[str, Any]] = []

    def completed() -> bool:
        messages = local.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10
        ).get("Messages", [])
        seen.extend(json.loads(message["Body"])["detail"] for message in messages)
        return any(
            d["TrainingJobName"] == name and d["TrainingJobStatus"] == "Completed"
            for d in seen
        )

    wait_until(completed)
    own = [d for d in seen if d["TrainingJobName"] == name]
    assert {d["SecondaryStatus"] for d in own} == {
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    }
    assert own[0]["Tags"] == {"traindrop:run": "r1"}
