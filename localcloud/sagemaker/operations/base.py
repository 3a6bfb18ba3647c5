"""What operations share: making, finding, listing and removing a resource, and the texts of their errors."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.utils import parse_to_aware_datetime

from localcloud.sagemaker.common.errors import ResourceInUseError, ValidationError
from localcloud.sagemaker.common.state import SageMakerState, Settings
from localcloud.sagemaker.common.store import (
    Body,
    DuplicateError,
    Kind,
    MissingError,
    Store,
)
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.training.jobs import TrainingJobs
from localcloud.sagemaker.transform.jobs import TransformJobs

_PAGE_SIZE = 10
_FILTERS_OF_ABSENT_KINDS = ("WarmPoolStatusEquals", "TrainingPlanArnEquals")


@dataclass(frozen=True)
class SageMaker:
    """The whole of one local SageMaker: its records, and the parts that act on them."""

    state: SageMakerState
    jobs: TrainingJobs
    endpoints: Endpoints
    transforms: TransformJobs

    @property
    def settings(self) -> Settings:
        return self.state.settings

    @property
    def store(self) -> Store:
        return self.state.store


Request = dict[str, Any]
Response = dict[str, Any]
Operation = Callable[[SageMaker, Request], Response]


# ---- making, finding, removing -------------------------------------------------------------------------------------


def new_body(sagemaker: SageMaker, kind: Kind, request: Request) -> Body:
    """A record of what the request asks for, with its ARN and times."""
    now = time.time()
    body = {name: value for name, value in request.items() if name != "Tags"}
    body[kind.arn_field] = sagemaker.settings.arn(kind.key, request[kind.name_field])
    body["CreationTime"] = now
    body["LastModifiedTime"] = now
    return body


def insert(sagemaker: SageMaker, kind: Kind, body: Body, request: Request) -> Response:
    """Stores a new resource with its tags. Raises `ValidationError` where the name is taken."""
    arn = body[kind.arn_field]
    try:
        with sagemaker.store.transaction():
            sagemaker.store.insert(kind, body[kind.name_field], body)
            sagemaker.store.add_tags(arn, request.get("Tags", []))
    except DuplicateError as error:
        raise ValidationError(
            f'Cannot create already existing {kind.title} "{arn}".'
        ) from error
    return {kind.arn_field: arn}


def insert_job(sagemaker: SageMaker, kind: Kind, job: Body, request: Request) -> None:
    """As `insert`, but a taken name is `ResourceInUseError`: names of jobs are unique for ever."""
    arn = job[kind.arn_field]
    try:
        with sagemaker.store.transaction():
            sagemaker.store.insert(kind, job[kind.name_field], job)
            sagemaker.store.add_tags(arn, request.get("Tags", []))
    except DuplicateError as error:
        raise ResourceInUseError(
            f"{kind.title.capitalize()} names must be unique within an AWS account and region, "
            f"and a {kind.title} with this name already exists ({arn})"
        ) from error


def find_job(sagemaker: SageMaker, kind: Kind, name: str) -> Body:
    """A job. Raises `ValidationError` where there is none."""
    try:
        return sagemaker.store.get(kind, name)
    except MissingError as error:
        raise ValidationError("Requested resource not found.") from error


def find(sagemaker: SageMaker, kind: Kind, name: str) -> Body:
    """A resource. Raises `ValidationError` where there is none."""
    try:
        return sagemaker.store.get(kind, name)
    except MissingError as error:
        raise missing(sagemaker, kind, name) from error


def missing(sagemaker: SageMaker, kind: Kind, name: str) -> ValidationError:
    arn = sagemaker.settings.arn(kind.key, name)
    return ValidationError(f'Could not find {kind.title} "{arn}".')


def describe(sagemaker: SageMaker, kind: Kind, request: Request) -> Response:
    return find(sagemaker, kind, request[kind.name_field])


def delete(sagemaker: SageMaker, kind: Kind, request: Request) -> Response:
    name = request[kind.name_field]
    try:
        sagemaker.store.delete(kind, name)
    except MissingError as error:
        raise missing(sagemaker, kind, name) from error
    return {}


# ---- lists ---------------------------------------------------------------------------------------------------------


def list_page(
    sagemaker: SageMaker,
    kind: Kind,
    request: Request,
    result: str,
    default_order: str = "Descending",
    *,
    is_wanted: Callable[[Body], bool] = lambda _: True,
) -> Response:
    """One page of a List operation, filtered and sorted.

    `result` is the field that holds the resources, `is_wanted` a filter that only this kind has.
    """
    bodies = [
        body
        for body in sagemaker.store.all(kind)
        if _matches(kind, request, body) and is_wanted(body)
    ]
    fields = {"Name": kind.name_field, "Status": kind.status_field}
    sort_by: str = request.get("SortBy", "CreationTime")
    field = fields.get(sort_by, sort_by)
    descending = request.get("SortOrder", default_order) == "Descending"
    bodies.sort(
        key=lambda body: (body[field], body[kind.name_field]), reverse=descending
    )
    return cut_page(bodies, request, result)


def cut_page(items: Sequence[Any], request: Request, result: str) -> Response:
    """The page of `items` that a request asks for, and the token of the next."""
    first = _offset(request.get("NextToken"))
    last = first + request.get("MaxResults", _PAGE_SIZE)
    token = None
    if last < len(items):
        token = base64.urlsafe_b64encode(str(last).encode()).decode()
    return {result: items[first:last], "NextToken": token}


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise ValidationError(
            f"The NextToken {token!r} was not given by this operation. Start without one."
        ) from error


def _matches(kind: Kind, request: Request, body: Body) -> bool:
    """Whether the resource passes the request's filters."""
    status = request.get("StatusEquals")
    has_name = request.get("NameContains", "").lower() in body[kind.name_field].lower()
    has_status = status in (None, body.get(kind.status_field))
    is_in_time = _is_within(request, body, "CreationTime") and _is_within(
        request, body, "LastModifiedTime"
    )
    return has_name and has_status and is_in_time and not _wants_absent(request)


def _wants_absent(request: Request) -> bool:
    """Whether only jobs of a warm pool or a training plan are asked for: there is neither."""
    return any(name in request for name in _FILTERS_OF_ABSENT_KINDS)


def _is_within(request: Request, body: Body, field: str) -> bool:
    time_of_body = body[field]
    after, before = request.get(f"{field}After"), request.get(f"{field}Before")
    if after is not None and time_of_body <= _epoch_seconds(after):
        return False
    return before is None or time_of_body < _epoch_seconds(before)


def _epoch_seconds(value: Any) -> float:
    """Of a time as a request may write it: a number or a text."""
    return float(parse_to_aware_datetime(value).timestamp())
