"""The environment variables of a function, as AWS sets them, and nothing of the machine's beside the allowed ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.engine.settings import allowed

RESERVED = frozenset(
    {
        "_HANDLER",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
    }
)
"""Variables that a function's configuration cannot set."""


def function_environment(
    machine: Mapping[str, str], config: Mapping[str, Any], credentials: Mapping[str, str], region: str, root: str
) -> dict[str, str]:
    name = config["FunctionName"]
    own = (config.get("Environment") or {}).get("Variables") or {}
    logging = config.get("LoggingConfig") or {}
    return (
        allowed(machine)
        # X-Ray has no local counterpart.
        | {"POWERTOOLS_TRACE_DISABLED": "1", "TZ": ":UTC", "PYTHONUNBUFFERED": "1"}
        | {key: str(value) for key, value in own.items() if key not in RESERVED}
        | {key: value for key, value in credentials.items() if value}
        | {
            "_HANDLER": config["Handler"],
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_REGION": region,
            "LAMBDA_TASK_ROOT": root,
        }
    )
