"""What teardown needs beyond SageMaker: the stack itself, its executions, alarms, log groups and bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.adapters.alarms import Alarms

if TYPE_CHECKING:
    import boto3

_POLL_SECONDS, _POLLS = 5, 360


@dataclass(frozen=True)
class Stack:
    """A stack as CloudFormation describes it; `description` is the one of its template."""

    description: str
    is_protected: bool
    outputs: Mapping[str, str]


class StackResources:
    """The resources of a stack, reached with one session."""

    def __init__(self, session: boto3.Session) -> None:
        self._cloudformation = session.client("cloudformation")
        self._logs = session.client("logs")
        self._s3 = session.client("s3")
        self._workflow = session.client("stepfunctions")
        self._alarms = Alarms(session.client("cloudwatch"))

    def find_stack(self, name: str) -> Stack | None:
        """None where there is no such stack."""
        try:
            stacks = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        if not stacks or stacks[0]["StackStatus"] == "DELETE_COMPLETE":
            return None
        outputs = stacks[0].get("Outputs", [])
        return Stack(
            description=stacks[0].get("Description", ""),
            is_protected=stacks[0].get("EnableTerminationProtection", False),
            outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        )

    def delete_stack(self, stack: str) -> None:
        """Returns when the stack is gone; raises botocore's `WaiterError` where it could not be deleted."""
        self._cloudformation.delete_stack(StackName=stack)
        waiter = self._cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(
            StackName=stack,
            WaiterConfig={"Delay": _POLL_SECONDS, "MaxAttempts": _POLLS},
        )

    def running_executions(self, state_machine: str) -> list[str]:
        pages = self._workflow.get_paginator("list_executions").paginate(
            stateMachineArn=state_machine, statusFilter="RUNNING"
        )
        return [item["executionArn"] for page in pages for item in page["executions"]]

    def stop_execution(self, execution: str) -> None:
        """Stops it unless it has ended meanwhile; raises where it goes on."""
        try:
            self._workflow.stop_execution(
                executionArn=execution, cause="the stack is being deleted"
            )
        except ClientError:
            described = self._workflow.describe_execution(executionArn=execution)
            if described["status"] == "RUNNING":
                raise

    def alarms(self, prefix: str) -> list[str]:
        return self._alarms.named(prefix)

    def delete_alarms(self, names: Sequence[str]) -> None:
        self._alarms.delete(names)

    def log_groups(self, prefix: str) -> list[str]:
        pages = self._logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=prefix
        )
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def delete_log_group(self, group: str) -> None:
        try:
            self._logs.delete_log_group(logGroupName=group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    def bucket_exists(self, bucket: str) -> bool:
        try:
            self._s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
                return False
            raise
        return True

    def version_count(self, bucket: str) -> int:
        """Versions and delete markers of all objects."""
        count = 0
        for page in self._s3.get_paginator("list_object_versions").paginate(
            Bucket=bucket
        ):
            count += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
        return count

    def delete_bucket(self, bucket: str) -> None:
        """The bucket must be empty; raises where it is not."""
        if self.bucket_exists(bucket):
            self._s3.delete_bucket(Bucket=bucket)
