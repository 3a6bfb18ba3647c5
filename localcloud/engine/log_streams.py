"""Log streams as resources: ministack asks for permission to the whole group, AWS to the stream.

The actions are those whose resource type is `log-stream` in AWS's Service Authorization Reference for CloudWatch Logs.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

from localcloud.engine.common.patching import replace

ACTIONS = frozenset({"DeleteLogStream", "GetLogEvents", "PutLogEvents"})


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    parameters = "service method path headers body query_params region account_id"
    replace(iam_actions, "extract_resource_arn", parameters, with_streams)


def with_streams(original: Any) -> Any:
    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *more: Any,
    ) -> str:
        arn: str = original(service, method, path, headers, body, *more)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "logs" or action not in ACTIONS or arn == "*":
            return arn
        return f"{arn}:log-stream:{json.loads(body).get('logStreamName', '')}"

    return extract_resource_arn
