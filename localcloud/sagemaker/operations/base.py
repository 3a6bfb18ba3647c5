"""What operations share: making, finding, listing and removing a resource, and the words of their errors."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from typing import Any

from botocore.utils import parse_to_aware_datetime

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ValidationError
from localcloud.sagemaker.kinds import Body, Kind
from localcloud.sagemaker.store import DuplicateError, MissingError

Request = dict[str, Any]
Response = dict[str, Any]
Operation = Callable[[Cloud, Request], Response]

_PAGE = 10


def new_body(cloud: Cloud, kind: Kind, request: Request) -> Body:
    """A record of what was asked for, with its ARN and time."""
    asked = {key: value for key, value in request.items() if key != "Tags"}
    now = time.time()
    arn = cloud.settings.arn(kind.key, request[kind.name_field])
    return {**asked, kind.arn_field: arn, "CreationTime": now, "LastModifiedTime": now}


def insert(cloud: Cloud, kind: Kind, body: Body, request: Request) -> Response:
    """Store a new resource with its tags; raises `ValidationError` where the name is taken."""
    arn = body[kind.arn_field]
    try:
        with cloud.store.transaction():
            cloud.store.insert(kind, body[kind.name_field], body)
            cloud.store.add_tags(arn, request.get("Tags", []))
    except DuplicateError as error:
        raise ValidationError(f'Cannot create already existing {kind.title} "{arn}".') from error
    return {kind.arn_field: arn}


def find(cloud: Cloud, kind: Kind, name: str) -> Body:
    """A resource; raises `ValidationError` where there is none."""
    try:
        return cloud.store.get(kind, name)
    except MissingError as error:
        raise missing(cloud, kind, name) from error


def missing(cloud: Cloud, kind: Kind, name: str) -> ValidationError:
    return ValidationError(f'Could not find {kind.title} "{cloud.settings.arn(kind.key, name)}".')


def delete(cloud: Cloud, kind: Kind, request: Request) -> Response:
    name = request[kind.name_field]
    try:
        cloud.store.delete(kind, name)
    except MissingError as error:
        raise missing(cloud, kind, name) from error
    return {}


def describe(cloud: Cloud, kind: Kind, request: Request) -> Response:
    return find(cloud, kind, request[kind.name_field])


def page(cloud: Cloud, kind: Kind, request: Request, result: str, order: str = "Descending") -> Response:
    """One page of a List operation: filtered, sorted, cut."""
    found = [body for body in cloud.store.all(kind) if _wanted(kind, request, body)]
    fields = {"Name": kind.name_field, "Status": kind.status_field}
    sort_by: str = request.get("SortBy", "CreationTime")
    field = fields.get(sort_by, sort_by)
    descending = request.get("SortOrder", order) == "Descending"
    found.sort(key=lambda body: (body[field], body[kind.name_field]), reverse=descending)
    return cut(found, request, result)


def cut(items: list[Any], request: Request, result: str) -> Response:
    """The page of `items` a request asks for, and the token of the next."""
    first = _offset(request.get("NextToken"))
    last = first + request.get("MaxResults", _PAGE)
    token = base64.urlsafe_b64encode(str(last).encode()).decode() if last < len(items) else None
    return {result: items[first:last], "NextToken": token}


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise ValidationError(f"The NextToken {token!r} was not given by this operation. Start without one.") from error


def _wanted(kind: Kind, request: Request, body: Body) -> bool:
    status = request.get("StatusEquals")
    return (
        request.get("NameContains", "").lower() in body[kind.name_field].lower()
        and status in (None, body.get(kind.status_field))
        and _within(request, body, "CreationTime")
        and _within(request, body, "LastModifiedTime")
    )


def _within(request: Request, body: Body, field: str) -> bool:
    after, before = request.get(f"{field}After"), request.get(f"{field}Before")
    at = body[field]
    return (after is None or at > _seconds(after)) and (before is None or at < _seconds(before))


def _seconds(value: Any) -> float:
    return float(parse_to_aware_datetime(value).timestamp())
