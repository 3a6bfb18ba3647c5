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

from localcloud.engine.functions.code import CodeStore
from localcloud.engine.functions.pool import NoWorkerError, Pool
from localcloud.engine.functions.worker import Outcome, Recipe, Worker
from localcloud.engine.functions.worker_spec import function_environment
from localcloud.engine.patching import replace, symbol

THROTTLED = "Lambda.TooManyRequestsException"


def base_arn(config: dict[str, Any]) -> str:
    """The function's ARN without the version or alias it was called by."""
    return ":".join(config["FunctionArn"].split(":")[:7])


class Executor:
    """Takes ministack's function records, gives back its invocation results."""

    def __init__(self, pool: Pool, code: CodeStore) -> None:
        self._pool, self._code = pool, code

    def recipe(self, func: dict[str, Any], config: dict[str, Any]) -> Recipe:
        root = self._code.directory(func["code_zip"])
        layers = [self._code.directory(archive) for archive in map(_layer, config.get("Layers") or []) if archive]
        _, region = lambda_runtime._account_region_from_function_config(config)
        credentials = lambda_runtime.execution_credentials(config)
        environment = function_environment(os.environ, config, credentials, region, str(root))
        return Recipe(
            function=base_arn(config),
            handler=config["Handler"],
            root=root,
            path=(*(str(path) for layer in layers for path in (layer / "python", layer)), str(root)),
            environment=tuple(sorted(environment.items())),
            timeout=float(config.get("Timeout", 3)),
        )

    def execute(self, func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = func.get("config") or func
        if not func.get("code_zip"):
            return _failed("Runtime.InvalidEntrypoint", f"function {config.get('FunctionName')} has no code")
        try:
            worker = self._pool.lease(self.recipe(func, config))
        except NoWorkerError as error:
            return dict(lambda_svc._throttle_response(reason_code="ConcurrentInvocationLimitExceeded", msg=str(error)))
        except (zipfile.BadZipFile, OSError) as error:
            return _failed("Runtime.InvalidEntrypoint", f"the code could not be unpacked: {error}")
        try:
            return _body(self._run(worker, config, event, request_id))
        finally:
            self._pool.release(worker)

    def _run(self, worker: Worker, config: dict[str, Any], event: Any, request_id: str) -> Outcome:
        if not worker.ready:
            failure = worker.start()
            self._pool.started()
            if failure:
                return failure
        trace = lambda_svc._xray_trace_id_for_invocation(config)
        return worker.invoke(event, request_id, config["FunctionArn"], trace)


def _layer(attachment: Any) -> bytes | None:
    archive: bytes | None = lambda_svc._resolve_layer_zip(attachment)
    return archive


def _failed(error_type: str, message: str) -> dict[str, Any]:
    return {"body": {"errorType": error_type, "errorMessage": message}, "error": True, "log": ""}


def _body(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"body": outcome.error, "error": True, "log": outcome.log}
    assert outcome.result is not None
    return {"body": json.loads(outcome.result), "log": outcome.log}


def apply(state: Path) -> Pool:
    """Patches ministack; the pool's workers are this engine's children and must be closed with it."""
    pool = Pool()
    executor = Executor(pool, CodeStore(state / "functions"))
    for name in ("_xray_trace_id_for_invocation", "_resolve_layer_zip"):
        symbol(lambda_svc, name)
    for name, parameters in (("_account_region_from_function_config", "config"), ("execution_credentials", "config")):
        symbol(lambda_runtime, name, parameters)

    def execute(original: Any) -> Any:
        def run(func: dict[str, Any], event: Any, request_id: str) -> Any:
            python = str((func.get("config") or func).get("Runtime", "")).startswith("python")
            return (executor.execute if python else original)(func, event, request_id)

        return run

    def invalidate(original: Any) -> Any:
        def run(
            func_name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
        ) -> None:
            account, region = account or get_account_id(), region or get_region()
            arn = f"arn:aws:lambda:{region}:{account}:function:{func_name}"
            pool.discard(lambda worker: worker.recipe.function == arn)
            original(func_name, qualifier, account, region)

        return run

    def throttle(original: Any) -> Any:
        def respond(reason_code: str, msg: str, retry_after: int = 1) -> Any:
            response = original(reason_code, msg, retry_after)
            # Step Functions takes the name of a failed task's error from here.
            response["body"]["errorType"] = THROTTLED
            return response

        return respond

    replace(lambda_svc, "_execute_function_warm", "func event request_id", execute)
    replace(lambda_svc, "invalidate_worker", "func_name qualifier account region", invalidate)
    replace(lambda_svc, "_throttle_response", "reason_code msg retry_after", throttle)
    pool.start_reaper()
    return pool
