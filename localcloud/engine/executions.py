"""Step Functions: starting twice, time limits, what a stopped or interrupted execution reports."""

from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

from ministack.core.responses import json_response, now_iso, request_scope
from ministack.services import stepfunctions

from contracts.outcomes import RESTART_ERROR
from localcloud.engine.common.patching import replace, symbol

Execution = dict[str, Any]
"""ministack's record of an execution."""


def _start_idempotently(original: Any) -> Any:
    """The same name with the same input, while that execution runs, is the same execution."""

    def start(data: dict[str, Any]) -> Any:
        running = _running_execution(data)
        if running and running["input"] == data.get("input", "{}"):
            return json_response(
                {
                    "executionArn": running["executionArn"],
                    "startDate": running["startDate"],
                }
            )
        return original(data)

    return start


def _running_execution(data: dict[str, Any]) -> Execution | None:
    """The running execution that a StartExecution request names, if there is one."""
    machine_arn = stepfunctions._resolve_state_machine_arn(
        data.get("stateMachineArn", "").split("#")[0]
    )
    name = data.get("name")
    if not machine_arn or not name:
        return None
    arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    execution: Execution | None = stepfunctions._executions.get(arn)
    return execution if execution and execution["status"] == "RUNNING" else None


def _fail_running_only(_: Any) -> Any:
    """A failure after the execution was stopped or timed out changes nothing; a failed execution has no output."""

    def fail(execution: Execution, error: str, cause: str) -> None:
        _end(execution, "FAILED", error, cause)

    return fail


def _end(execution: Execution, status: str, error: str, cause: str) -> None:
    """Ends a running execution as FAILED or TIMED_OUT."""
    if execution["status"] != "RUNNING":
        return
    execution.update(status=status, error=error, cause=cause, stopDate=now_iso())
    ending = "TimedOut" if status == "TIMED_OUT" else "Failed"
    details = {f"execution{ending}EventDetails": {"error": error, "cause": cause}}
    stepfunctions._add_event(execution, f"Execution{ending}", details)
    stepfunctions._emit_execution_status_event(execution)


def _limit_time(original: Any) -> Any:
    """The machine's own `TimeoutSeconds` ends the execution as TIMED_OUT."""

    def run(exec_arn: str) -> None:
        limit_seconds = _time_limit(exec_arn)
        if limit_seconds is None:
            original(exec_arn)
            return
        execution = stepfunctions._executions[exec_arn]
        context = contextvars.copy_context()
        arguments = (_end, execution, "TIMED_OUT", "States.Timeout", "")
        timer = threading.Timer(limit_seconds, context.run, arguments)
        timer.daemon = True
        timer.start()
        try:
            original(exec_arn)
        finally:
            timer.cancel()

    return run


def _time_limit(execution_arn: str) -> float | None:
    execution = stepfunctions._executions.get(execution_arn)
    machine = (
        stepfunctions._state_machines.get(execution["stateMachineArn"])
        if execution
        else None
    )
    if not machine:
        return None
    try:
        limit = json.loads(machine["definition"]).get("TimeoutSeconds")
    except ValueError:
        return None
    return min(float(limit), threading.TIMEOUT_MAX) if limit else None


def _emit_error_and_cause(original: Any) -> Any:
    """Events of executions that ended badly have error and cause, however they ended."""

    def emit(execution: Execution) -> None:
        ended_badly = execution["status"] in ("TIMED_OUT", "ABORTED")
        if not ended_badly or execution.get("sync"):
            original(execution)
            return
        from ministack.services import eventbridge  # noqa: PLC0415

        eventbridge._put_events(
            {"Entries": [_status_event(execution)]}, allow_aws_source=True
        )

    return emit


def _status_event(execution: Execution) -> dict[str, Any]:
    fields = (
        "executionArn",
        "stateMachineArn",
        "name",
        "status",
        "input",
        "error",
        "cause",
    )
    detail = {field: execution.get(field) for field in fields}
    for field in ("startDate", "stopDate"):
        detail[field] = stepfunctions._iso_to_epoch_ms(execution[field])
    detail |= {
        "output": None,
        "inputDetails": {"included": True},
        "outputDetails": None,
    }
    return {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [execution["executionArn"]],
    }


class InterruptedExecutions:
    """Executions that a restart ended: announced once everything that listens is loaded."""

    def __init__(self) -> None:
        self._unannounced: list[tuple[str, str, Execution]] = []
        """Account, region and record of each."""

    def collect(self, original: Any) -> Any:
        def restore(data: dict[str, Any]) -> None:
            original(data)
            for (
                account,
                region,
                _,
            ), execution in stepfunctions._executions.all_items():
                if execution.get("error") == RESTART_ERROR and not execution.get(
                    "announced"
                ):
                    self._unannounced.append((account, region, execution))

        return restore

    def announce(self) -> None:
        for account, region, execution in self._unannounced:
            with request_scope(account, region):
                details = {"error": execution["error"], "cause": execution["cause"]}
                stepfunctions._add_event(
                    execution,
                    "ExecutionFailed",
                    {"executionFailedEventDetails": details},
                )
                execution["announced"] = True
                stepfunctions._emit_execution_status_event(execution)
        self._unannounced.clear()


def apply() -> InterruptedExecutions:
    interrupted = InterruptedExecutions()
    symbol(stepfunctions, "_add_event", "execution event_type details")
    symbol(stepfunctions, "_resolve_state_machine_arn", "arn")
    replace(stepfunctions, "_start_execution", "data", _start_idempotently)
    replace(
        stepfunctions, "_fail_execution", "execution error cause", _fail_running_only
    )
    replace(stepfunctions, "_run_execution", "exec_arn", _limit_time)
    replace(
        stepfunctions,
        "_emit_execution_status_event",
        "execution",
        _emit_error_and_cause,
    )
    replace(stepfunctions, "_restore_state", "data", interrupted.collect)
    return interrupted
