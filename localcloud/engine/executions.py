"""Step Functions: starting twice, time limits, what a stopped or interrupted execution says."""

from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

from ministack.core.responses import json_response, now_iso, request_scope
from ministack.services import stepfunctions

from localcloud.engine.patching import replace, symbol

RESTART_ERROR = "States.ServiceRestart"


def _idempotent(original: Any) -> Any:
    """The same name with the same input, while that execution runs, is the same execution."""

    def start(data: dict[str, Any]) -> Any:
        machine = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
        if machine and data.get("name"):
            arn = f"{machine.replace(':stateMachine:', ':execution:')}:{data['name']}"
            running = stepfunctions._executions.get(arn)
            if running and running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
                return json_response({"executionArn": arn, "startDate": running["startDate"]})
        return original(data)

    return start


def _fail(_: Any) -> Any:
    """A failure after the execution was stopped or timed out changes nothing; a failed execution has no output."""

    def fail(execution: dict[str, Any], error: str, cause: str) -> None:
        _end(execution, "FAILED", error, cause)

    return fail


def _end(execution: dict[str, Any], status: str, error: str, cause: str) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status=status, error=error, cause=cause, stopDate=now_iso())
    timed_out = status == "TIMED_OUT"
    stepfunctions._add_event(
        execution,
        "ExecutionTimedOut" if timed_out else "ExecutionFailed",
        {f"execution{'TimedOut' if timed_out else 'Failed'}EventDetails": {"error": error, "cause": cause}},
    )
    stepfunctions._emit_execution_status_event(execution)


def _time_limit(execution_arn: str) -> float | None:
    execution = stepfunctions._executions.get(execution_arn)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
    try:
        limit = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
    except ValueError:
        return None
    return min(float(limit), threading.TIMEOUT_MAX) if limit else None


def _limited(original: Any) -> Any:
    """The machine's own `TimeoutSeconds` ends the execution as TIMED_OUT."""

    def run(exec_arn: str) -> None:
        limit = _time_limit(exec_arn)
        if limit is None:
            original(exec_arn)
            return
        execution = stepfunctions._executions[exec_arn]
        context = contextvars.copy_context()
        timer = threading.Timer(limit, context.run, (_end, execution, "TIMED_OUT", "States.Timeout", ""))
        timer.daemon = True
        timer.start()
        try:
            original(exec_arn)
        finally:
            timer.cancel()

    return run


def _status_event(original: Any) -> Any:
    """Events of executions that ended badly carry error and cause, whatever the way they ended."""

    def emit(execution: dict[str, Any]) -> None:
        if execution["status"] in ("TIMED_OUT", "ABORTED") and not execution.get("sync"):
            from ministack.services import eventbridge  # noqa: PLC0415

            eventbridge._put_events({"Entries": [_ended_event(execution)]}, allow_aws_source=True)
        else:
            original(execution)

    return emit


def _ended_event(execution: dict[str, Any]) -> dict[str, Any]:
    same = ("executionArn", "stateMachineArn", "name", "status", "input", "error", "cause")
    milliseconds = {key: stepfunctions._iso_to_epoch_ms(execution[key]) for key in ("startDate", "stopDate")}
    detail = {key: execution.get(key) for key in same} | milliseconds | {"output": None}
    return {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail | {"inputDetails": {"included": True}, "outputDetails": None}),
        "Resources": [execution["executionArn"]],
    }


class Interrupted:
    """Executions that a restart ended: announced once everything that listens is loaded."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str, dict[str, Any]]] = []

    def restoring(self, original: Any) -> Any:
        def restore(data: dict[str, Any]) -> None:
            original(data)
            for (account, region, _), execution in stepfunctions._executions.all_items():
                if execution.get("error") == RESTART_ERROR and not execution.get("announced"):
                    self._found.append((account, region, execution))

        return restore

    def announce(self) -> None:
        for account, region, execution in self._found:
            with request_scope(account, region):
                details = {"error": execution["error"], "cause": execution["cause"]}
                stepfunctions._add_event(execution, "ExecutionFailed", {"executionFailedEventDetails": details})
                execution["announced"] = True
                stepfunctions._emit_execution_status_event(execution)
        self._found.clear()


def apply() -> Interrupted:
    interrupted = Interrupted()
    symbol(stepfunctions, "_add_event", "execution event_type details")
    symbol(stepfunctions, "_resolve_state_machine_arn", "arn")
    replace(stepfunctions, "_start_execution", "data", _idempotent)
    replace(stepfunctions, "_fail_execution", "execution error cause", _fail)
    replace(stepfunctions, "_run_execution", "exec_arn", _limited)
    replace(stepfunctions, "_emit_execution_status_event", "execution", _status_event)
    replace(stepfunctions, "_restore_state", "data", interrupted.restoring)
    return interrupted
