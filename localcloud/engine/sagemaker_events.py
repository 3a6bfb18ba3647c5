"""The local SageMaker may send events as `aws.sagemaker`, a source that AWS keeps for itself."""

from __future__ import annotations

from typing import Any

from ministack.services import eventbridge

from localcloud.engine.patching import replace

SOURCE = "aws.sagemaker"


def _put_events(original: Any) -> Any:
    def put(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        ours = all(entry.get("Source") == SOURCE for entry in data.get("Entries", []))
        return original(data, allow_aws_source=allow_aws_source or ours)

    return put


def apply() -> None:
    replace(eventbridge, "_put_events", "data allow_aws_source", _put_events)
