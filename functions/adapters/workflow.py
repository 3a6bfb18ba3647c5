"""Executions of the state machine: whether one still runs, and starting one as an upload would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RUNNING = "RUNNING"
ABORTED = "ABORTED"
STOPPED = "Stopped"
"""The error of an execution that a caller of the API had stopped."""
_MISSING = frozenset({"ExecutionDoesNotExist", "InvalidArn"})
_NOT_RUNNING = _MISSING | {"ValidationException"}


@dataclass(frozen=True)
class Execution:
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED, on which event, and the error that it ended with."""

    status: str
    event: dict[str, Any]
    error: str = ""


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

    def find(self, execution: str) -> Execution | None:
        """None where there is no such execution, or no longer: AWS keeps them for 90 days."""
        description = self._describe(execution)
        if description is None:
            return None
        event = json.loads(description.get("input") or "{}")
        return Execution(description["status"], event, description.get("error", ""))

    def status(self, execution: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, or None where there is no such execution."""
        execution_found = self.find(execution)
        return execution_found.status if execution_found else None

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

    def stop(self, execution: str) -> None:
        """Ends an execution that runs; one that has ended, or is not there, stays as it is."""
        arn = self.arn(execution)
        try:
            self._client.stop_execution(
                executionArn=arn, error=STOPPED, cause="Somebody asked for it."
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_RUNNING:
                raise

    def _describe(self, execution: str) -> dict[str, Any] | None:
        try:
            return dict(
                self._client.describe_execution(executionArn=self.arn(execution))
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
