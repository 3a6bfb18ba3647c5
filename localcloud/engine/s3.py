"""S3: events that name the object's version, SSE-KMS with the key of the account, default encryption from a template.

On AWS the events of a bucket take some five minutes to come after they were enabled. `events.json` in the engine's
state folder, such as `{"seconds_without_events": 300}`, makes it so here: until then none is sent, nor later.
"""

from __future__ import annotations

import contextvars
import json
import time
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, s3
from ministack.services.cloudformation import provisioners

from localcloud.engine.common.patching import replace, symbol

EVENTS_FILE = "events.json"
_FIRE_PARAMETERS = (
    "bucket_name key event_name size etag deletion_type restore_event_data version_id sequencer "
    "object_extra record_extra"
)
_FIRE_ASYNC_PARAMETERS = "bucket_name key event_name size etag deletion_type version_id object_extra record_extra"
_SSE = "x-amz-server-side-encryption"
_SSE_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_version: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "version", default=None
)
"""Of the object whose event is being sent."""


class LateEvents:
    """When the events of each bucket were enabled, and how long none of them is sent."""

    def __init__(self, state: Path) -> None:
        self._path = state / EVENTS_FILE
        self._enabled_at: dict[str, float] = {}

    def remember_enabling(self, original: Any) -> Any:
        def put(name: str, *args: Any, **kwargs: Any) -> Any:
            self._enabled_at[name] = time.monotonic()
            return original(name, *args, **kwargs)

        return put

    def leave_out(self, original: Any) -> Any:
        def fire(bucket_name: str, *args: Any, **kwargs: Any) -> None:
            if not self._are_late(bucket_name):
                original(bucket_name, *args, **kwargs)

        return fire

    def _are_late(self, bucket: str) -> bool:
        if bucket not in self._enabled_at or not self._path.exists():
            return False
        seconds = json.loads(self._path.read_text("utf-8"))["seconds_without_events"]
        return bool(time.monotonic() - self._enabled_at[bucket] < seconds)


def _remember_version(original: Any) -> Any:
    def fire(*args: Any, version_id: str | None = None, **kwargs: Any) -> None:
        token = _version.set(version_id)
        try:
            original(*args, version_id=version_id, **kwargs)
        finally:
            _version.reset(token)

    return fire


def _add_version(original: Any) -> Any:
    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            event = with_version(event, version)
        original(event, view)

    return dispatch


def with_version(event: dict[str, Any], version: str) -> dict[str, Any]:
    """An event of S3 with the version of its object."""
    detail = json.loads(event["Detail"])
    detail["object"]["version-id"] = version
    return event | {"Detail": json.dumps(detail)}


def managed_key(region: str, account: str) -> str:
    """The ARN of the key that AWS keeps for S3 in an account, `aws/s3`."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"aws/s3/{region}/{account}")
    return f"arn:aws:kms:{region}:{account}:key/{key}"


def _encrypt_with_managed_key(original: Any) -> Any:
    """SSE-KMS without the id of a key takes the key that AWS keeps for S3; ministack refuses it.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html.
    """

    def resolve(headers: dict[str, str], bucket_name: str) -> Any:
        key = managed_key(get_region(), get_account_id())
        if headers.get(_SSE) == "aws:kms" and not headers.get(_SSE_KEY):
            headers = {**headers, _SSE_KEY: key}
        kept, error = original(headers, bucket_name)
        if kept and kept.get(_SSE) == "aws:kms":
            kept.setdefault(_SSE_KEY, key)
        return kept, error

    return resolve


def encryption_xml(properties: dict[str, Any]) -> bytes:
    """`BucketEncryption` of a template as the body of PutBucketEncryption."""
    root = ElementTree.Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for rule in properties.get("ServerSideEncryptionConfiguration") or []:
        rule_element = ElementTree.SubElement(root, "Rule")
        default = ElementTree.SubElement(
            rule_element, "ApplyServerSideEncryptionByDefault"
        )
        for name, value in (rule.get("ServerSideEncryptionByDefault") or {}).items():
            ElementTree.SubElement(default, name).text = str(value)
        enabled = str(rule.get("BucketKeyEnabled", False)).lower()
        ElementTree.SubElement(rule_element, "BucketKeyEnabled").text = enabled
    return bytes(ElementTree.tostring(root))


def apply(state: Path) -> None:
    late = LateEvents(state)
    replace(s3, "_put_bucket_notification", "name body headers", late.remember_enabling)
    # In the request that changed the object: the event itself is sent by a thread, at any time after it.
    replace(s3, "_fire_s3_event_async", _FIRE_ASYNC_PARAMETERS, late.leave_out)
    replace(s3, "_fire_s3_event", _FIRE_PARAMETERS, _remember_version)
    replace(eventbridge, "_dispatch_event", "event view", _add_version)
    replace(
        s3,
        "_resolve_sse_write_headers",
        "headers bucket_name",
        _encrypt_with_managed_key,
    )
    configurations = symbol(provisioners, "_S3_BUCKET_CONFIGURATIONS")
    put = symbol(s3, "_put_bucket_encryption", "name body")
    delete = symbol(s3, "_delete_bucket_encryption", "name")
    encryption = ("BucketEncryption", encryption_xml, put, delete)
    provisioners._S3_BUCKET_CONFIGURATIONS = (*configurations, encryption)
