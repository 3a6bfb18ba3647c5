"""Tags of any resource."""

from __future__ import annotations

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import ValidationError
from localcloud.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL, TRAINING_JOB
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response

_KINDS = {kind.key: kind for kind in (TRAINING_JOB, MODEL, ENDPOINT_CONFIG, ENDPOINT)}
_MOST_TAGS = 50


def add_tags(cloud: Cloud, request: Request) -> Response:
    arn = _existing(cloud, request)
    with cloud.store.transaction():
        cloud.store.add_tags(arn, request["Tags"])
        tags = cloud.store.tags(arn)
        if len(tags) > _MOST_TAGS:
            raise ValidationError(f"Expected at most {_MOST_TAGS} tags on a resource, found {len(tags)}.")
    return {"Tags": tags}


def list_tags(cloud: Cloud, request: Request) -> Response:
    tags = cloud.store.tags(_existing(cloud, request))
    return base.cut(tags, {"MaxResults": _MOST_TAGS} | request, "Tags")


def delete_tags(cloud: Cloud, request: Request) -> Response:
    cloud.store.delete_tags(_existing(cloud, request), request["TagKeys"])
    return {}


def _existing(cloud: Cloud, request: Request) -> str:
    """The ARN of a resource that is there, as it was made."""
    arn = str(request["ResourceArn"]).lower()
    key, _, _ = arn.rpartition(":")[2].partition("/")
    kind = _KINDS.get(key)
    found = kind and next((b[kind.arn_field] for b in cloud.store.all(kind) if b[kind.arn_field] == arn), None)
    if not found:
        raise ValidationError(f'Could not find resource "{request["ResourceArn"]}".')
    return str(found)
