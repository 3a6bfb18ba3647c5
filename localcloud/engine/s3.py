"""S3's events on EventBridge name the object's version, as on AWS."""

from __future__ import annotations

import contextvars
import json
from typing import Any

from ministack.services import eventbridge, s3

from localcloud.engine.patching import replace, symbol

_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("version", default=None)


def _fire(original: Any) -> Any:
    def fire(*args: Any, version_id: str | None = None, **kwargs: Any) -> None:
        token = _version.set(version_id)
        try:
            original(*args, version_id=version_id, **kwargs)
        finally:
            _version.reset(token)

    return fire


def with_version(event: dict[str, Any], version: str) -> dict[str, Any]:
    detail = json.loads(event["Detail"])
    detail["object"]["version-id"] = version
    return event | {"Detail": json.dumps(detail)}


def _dispatch(original: Any) -> Any:
    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            event = with_version(event, version)
        original(event, view)

    return dispatch


def apply() -> None:
    fired = (
        "bucket_name key event_name size etag deletion_type restore_event_data version_id sequencer "
        "object_extra record_extra"
    )
    symbol(s3, "_fire_s3_event_async")
    replace(s3, "_fire_s3_event", fired, _fire)
    replace(eventbridge, "_dispatch_event", "event view", _dispatch)
