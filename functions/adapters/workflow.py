"""Executions of the state machine: whether one still runs, and starting one as an upload would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING = "RUNNING"
_MISSING = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


@translated
class Workflow:
    """One state machine's executions, by ARN or by name."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._machine = state_machine_arn

    def arn(self, execution: str) -> str:
        if execution.startswith("arn:"):
            return execution
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{execution}"

    def status(self, execution: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, or None where there is no such execution."""
        description = self._describe(execution)
        return str(description["status"]) if description else None

    def start(self, name: str, event: dict[str, Any]) -> bool:
        """False where an execution of that name has ended, or runs on another event.

        While it runs, starting it again with the same event changes nothing, and is True as well.
        """
        try:
            self._client.start_execution(
                stateMachineArn=self._machine, name=name, input=json.dumps(event)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                return False
            raise
        return True

    def _describe(self, execution: str) -> dict[str, Any] | None:
        try:
            return dict(
                self._client.describe_execution(executionArn=self.arn(execution))
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
