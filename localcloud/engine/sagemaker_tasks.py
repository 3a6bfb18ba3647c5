"""Step Functions' tasks of SageMaker: `arn:aws:states:::sagemaker:createTrainingJob.sync` and its like.

The local SageMaker is called with the role of the state machine. A `.sync` task describes its job until it has ended,
and stops it where the execution ends before. See
https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html.
"""

from __future__ import annotations

import contextvars
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

from localcloud.engine import access
from localcloud.engine.common.patching import replace, symbol
from localcloud.engine.sagemaker import CONTROL
from localcloud.signatures import signed_headers

_PREFIX = "arn:aws:states:::sagemaker:"
_SDK_PREFIX = "arn:aws:states:::aws-sdk:sagemaker:"
_JOBS = ("TrainingJob", "TransformJob")
_OPERATIONS = (
    *(f"Create{kind}" for kind in _JOBS),
    *("CreateModel", "CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"),
)
_MODELED_ERRORS = ("ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound")
_POLL_SECONDS = 1.0
_TIMEOUT_SECONDS = 60.0
_execution: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar(
    "execution", default=None
)
"""Whose task is run."""


@dataclass(frozen=True)
class Task:
    """What the `Resource` of a task state asks for."""

    operation: str
    is_sync: bool = False
    by_sdk: bool = False
    """Whether it is an integration of the SDK, which has every operation and names errors otherwise."""

    @classmethod
    def parse(cls, resource: str) -> Task | None:
        """None for tasks of other services. Raises an error of the execution for one that there is not."""
        sdk = resource.startswith(_SDK_PREFIX)
        if not sdk and not resource.startswith(_PREFIX):
            return None
        name = resource.removeprefix(_SDK_PREFIX if sdk else _PREFIX)
        action, _, pattern = name.partition(".")
        operation = action[:1].upper() + action[1:]
        is_job = operation.removeprefix("Create") in _JOBS
        is_known = sdk or (operation in _OPERATIONS and (is_job or not pattern))
        if not is_known or (sdk and pattern) or pattern not in ("", "sync"):
            actions = ", ".join(name[0].lower() + name[1:] for name in _OPERATIONS)
            raise stepfunctions._ExecutionError(
                "States.Runtime",
                f"The local cloud does not have {resource}. Of SageMaker it has {actions}, and .sync of the jobs.",
            )
        return cls(operation, is_sync=pattern == "sync", by_sdk=sdk)


def _remember_execution(original: Any) -> Any:
    def execute(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
        token = _execution.set(execution)
        try:
            return original(state_def, raw_input, execution, ctx)
        finally:
            _execution.reset(token)

    return execute


def _invoke(original: Any) -> Any:
    def invoke(resource: str, input_data: Any) -> Any:
        task = Task.parse(resource)
        if task is None:
            return original(resource, input_data)
        execution = _execution.get() or {}
        credentials = _credentials(execution)
        answer = call(task, task.operation, input_data, credentials)
        if not task.is_sync:
            return answer
        return wait_for_job(task, input_data, credentials, _is_running(execution))

    return invoke


def _is_running(execution: dict[str, Any]) -> Callable[[], bool]:
    return lambda: execution.get("status", "RUNNING") == "RUNNING"


def _credentials(execution: dict[str, Any]) -> dict[str, str]:
    """Of the role of the execution's state machine."""
    machine = stepfunctions._state_machines.get(execution.get("stateMachineArn"))
    if not machine:
        raise stepfunctions._ExecutionError(
            "States.Runtime", "The state machine of the task no longer exists."
        )
    name = str(execution.get("name", "task"))
    keys = access.session(machine["roleArn"], name, get_account_id())
    return {**keys, "AWS_REGION": get_region()}


def call(
    task: Task, operation: str, request: dict[str, Any], credentials: dict[str, str]
) -> dict[str, Any]:
    """The answer of the local SageMaker. Raises an error of the execution."""
    url = os.environ.get(CONTROL, "").rstrip("/") + "/"
    body = json.dumps(request).encode()
    headers = signed_headers(
        "POST",
        url,
        body,
        credentials,
        service="sagemaker",
        headers={
            "x-amz-target": f"SageMaker.{operation}",
            "content-type": "application/x-amz-json-1.1",
        },
    )
    try:
        answer = httpx.post(
            url,
            content=body,
            headers=headers,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        raise stepfunctions._ExecutionError(
            error_name(task, ""), f"The local SageMaker gave no answer: {error!r}"
        ) from error
    content: dict[str, Any] = answer.json()
    if answer.is_error:
        code = str(content.get("__type", ""))
        cause = (
            f"{content.get('message', '')} (Service: AmazonSageMaker; Status Code: {answer.status_code}; "
            f"Error Code: {code})"
        )
        raise stepfunctions._ExecutionError(error_name(task, code), cause)
    return content


def error_name(task: Task, code: str) -> str:
    """Errors that SageMaker's model does not name are those of the service as a whole."""
    name = re.sub("Exception$", "", code)
    if name in _MODELED_ERRORS:
        return f"SageMaker.{name}Exception"
    service = "SageMakerException" if task.by_sdk else "AmazonSageMakerException"
    return f"SageMaker.{service}"


def wait_for_job(
    task: Task,
    request: dict[str, Any],
    credentials: dict[str, str],
    is_running: Callable[[], bool],
) -> dict[str, Any]:
    """The job's description once it is complete. Raises an error of the execution where it ends otherwise."""
    kind = task.operation.removeprefix("Create")
    name = {f"{kind}Name": request[f"{kind}Name"]}
    while True:
        job = call(task, f"Describe{kind}", name, credentials)
        status = job[f"{kind}Status"]
        if status == "Completed":
            return job
        if status in ("Failed", "Stopped"):
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(job))
        if not is_running():
            call(task, f"Stop{kind}", name, credentials)
            raise stepfunctions._ExecutionError(
                "States.TaskFailed", "The execution has ended; its job is stopped."
            )
        time.sleep(_POLL_SECONDS)


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(stepfunctions, "_ExecutionError")
    symbol(stepfunctions, "_state_machines")
    replace(
        stepfunctions,
        "_execute_task",
        "state_def raw_input execution ctx",
        _remember_execution,
    )
    replace(stepfunctions, "_invoke_resource", "resource input_data", _invoke)
