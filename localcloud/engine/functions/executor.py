"""Runs ministack's Python functions in this package's workers.

In the place of ministack's own warm workers: exceptions keep their names and the worker survives them, an invocation
ends without waiting for log lines that may never come, the machine's environment stays out, a burst is queued.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from localcloud.engine.common.patching import replace, symbol
from localcloud.engine.functions.pool import NoWorkerError, Pool
from localcloud.engine.functions.worker import Outcome, Worker
from localcloud.engine.functions.worker_spec import (
    CodeStore,
    WorkerSpec,
    function_environment,
)

THROTTLED = "Lambda.TooManyRequestsException"
_DEFAULT_TIMEOUT_SECONDS = 3

Config = dict[str, Any]
"""A function's configuration as GetFunctionConfiguration answers it."""


class Executor:
    """Takes ministack's function records, gives back its invocation results."""

    def __init__(self, pool: Pool, code: CodeStore) -> None:
        self._pool, self._code = pool, code

    def execute(
        self, function: dict[str, Any], event: Any, request_id: str
    ) -> dict[str, Any]:
        config = config_of(function)
        if not function.get("code_zip"):
            return _failure(
                "Runtime.InvalidEntrypoint",
                f"function {config.get('FunctionName')} has no code",
            )
        try:
            worker = self._pool.lease(self._spec(function["code_zip"], config))
        except NoWorkerError as error:
            return dict(
                lambda_svc._throttle_response(
                    reason_code="ConcurrentInvocationLimitExceeded", msg=str(error)
                )
            )
        except (zipfile.BadZipFile, OSError) as error:
            return _failure(
                "Runtime.InvalidEntrypoint", f"the code could not be unpacked: {error}"
            )
        try:
            return _result(self._invoke(worker, config, event, request_id))
        finally:
            self._pool.release(worker)

    def _spec(self, archive: bytes, config: Config) -> WorkerSpec:
        root = self._code.folder(archive)
        _, region = lambda_runtime._account_region_from_function_config(config)
        credentials = lambda_runtime.execution_credentials(config)
        environment = function_environment(
            os.environ, config, credentials, region, str(root)
        )
        return WorkerSpec(
            function=base_arn(config),
            handler=config["Handler"],
            root=root,
            path=(*self._layer_path(config), str(root)),
            environment=tuple(sorted(environment.items())),
            timeout=float(config.get("Timeout", _DEFAULT_TIMEOUT_SECONDS)),
        )

    def _layer_path(self, config: Config) -> list[str]:
        """What the function's layers add to `sys.path`."""
        path = []
        for attachment in config.get("Layers") or []:
            archive: bytes | None = lambda_svc._resolve_layer_zip(attachment)
            if archive:
                folder = self._code.folder(archive)
                path += [str(folder / "python"), str(folder)]
        return path

    def _invoke(
        self, worker: Worker, config: Config, event: Any, request_id: str
    ) -> Outcome:
        if not worker.ready:
            failure = worker.start()
            self._pool.worker_started()
            if failure:
                return failure
        trace_id = lambda_svc._xray_trace_id_for_invocation(config)
        return worker.invoke(event, request_id, config["FunctionArn"], trace_id)


def config_of(function: dict[str, Any]) -> Config:
    config: Config = function.get("config") or function
    return config


def base_arn(config: Config) -> str:
    """The function's ARN without the version or alias it was called by."""
    return ":".join(config["FunctionArn"].split(":")[:7])


def _failure(error_type: str, message: str) -> dict[str, Any]:
    return {
        "body": {"errorType": error_type, "errorMessage": message},
        "error": True,
        "log": "",
    }


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"body": outcome.error, "error": True, "log": outcome.log}
    assert outcome.result is not None
    return {"body": json.loads(outcome.result), "log": outcome.log}


def apply(state: Path) -> Pool:
    """Patches ministack. The pool's workers are this engine's children and must be closed with it."""
    pool = Pool()
    executor = Executor(pool, CodeStore(state / "functions"))
    symbol(lambda_svc, "_xray_trace_id_for_invocation")
    symbol(lambda_svc, "_resolve_layer_zip")
    symbol(lambda_runtime, "_account_region_from_function_config", "config")
    symbol(lambda_runtime, "execution_credentials", "config")

    def execute(original: Any) -> Any:
        def run(func: dict[str, Any], event: Any, request_id: str) -> Any:
            is_python = str(config_of(func).get("Runtime", "")).startswith("python")
            return (executor.execute if is_python else original)(
                func, event, request_id
            )

        return run

    def invalidate(original: Any) -> Any:
        def run(
            func_name: str,
            qualifier: str | None = None,
            account: str | None = None,
            region: str | None = None,
        ) -> None:
            account, region = account or get_account_id(), region or get_region()
            arn = f"arn:aws:lambda:{region}:{account}:function:{func_name}"
            pool.discard(lambda worker: worker.spec.function == arn)
            original(func_name, qualifier, account, region)

        return run

    replace(lambda_svc, "_execute_function_warm", "func event request_id", execute)
    replace(
        lambda_svc,
        "invalidate_worker",
        "func_name qualifier account region",
        invalidate,
    )
    replace(lambda_svc, "_throttle_response", "reason_code msg retry_after", _throttle)
    pool.start_reaper()
    return pool


def _throttle(original: Any) -> Any:
    """Step Functions takes the name of a failed task's error from the response."""

    def respond(reason_code: str, msg: str, retry_after: int = 1) -> Any:
        response = original(reason_code, msg, retry_after)
        response["body"]["errorType"] = THROTTLED
        return response

    return respond
