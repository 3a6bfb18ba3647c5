"""What SageMaker may do with a job or an endpoint, whose code may be the drop's, and who may create jobs."""

from __future__ import annotations

from contracts import locations
from functions.common.tags import SESSION_CHAMPION, SESSION_JOB, SESSION_RUN
from tools.permissions.grants import (
    ANYTHING,
    BUCKET,
    JOBS,
    TRAINING_ROLE,
    TRANSFORM_LOGS,
    Permission,
    Resource,
    allow,
    objects,
    own,
    pass_role,
)

_RUN, _JOB, _CHAMPION = (
    f"${{!aws:PrincipalTag/{tag}}}"
    for tag in (SESSION_RUN, SESSION_JOB, SESSION_CHAMPION)
)
"""In `!Sub`: what IAM puts in at a request, the value of a tag of the caller's session."""


def _scoped(name: str, path: str) -> Resource:
    return Resource(f"{BUCKET.name}/{name}", f'!Sub "${{DataBucket.Arn}}/{path}"')


def _log_group(name: str, path: str = "") -> Resource:
    return own(f"log group {name}", "logs", f"log-group:{name}{path}")


def _below(prefix: str) -> str:
    return f"{prefix}*"


_OWN_ROWS = _scoped(
    _below(locations.run_prefix("<own run>")), _below(locations.run_prefix(_RUN))
)
_OWN_CHECKPOINTS = _scoped(
    _below(locations.checkpoints_prefix("<own run>")),
    _below(locations.checkpoints_prefix(_RUN)),
)
_OWN_OUTPUTS = _scoped(
    _below(locations.outputs_prefix("<own run>")),
    _below(locations.outputs_prefix(_RUN)),
)
_CHAMPION_ARCHIVE = _scoped(
    locations.release_archive_key("<champion>"),
    locations.release_archive_key(_CHAMPION),
)
_LISTED_KEYS = (
    _below(locations.run_prefix(_RUN)),
    _below(locations.checkpoints_prefix(_RUN)),
    locations.release_archive_key(_CHAMPION),
    _below(locations.BASE_MODELS),
)
# Outside of `!Sub` there is nothing to escape from.
_LISTED = ", ".join(f'"{key}"' for key in _LISTED_KEYS).replace("${!", "${")
_ANY_ARCHIVE = _scoped(
    locations.release_archive_key("*"), locations.release_archive_key("*")
)
_BATCH_REQUESTS, _BATCH_ANSWERS, _BATCH_MANIFESTS = (
    _scoped(_below(prefix), _below(prefix))
    for prefix in (
        locations.batch_requests_prefix("*"),
        locations.batch_answers_prefix("*"),
        locations.batch_manifests_prefix("*"),
    )
)
_TRANSFORM_LOGS = "/aws/sagemaker/TransformJobs"
_TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"
_ENDPOINT_LOGS = allow(
    "logs:CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents",
    _log_group("/aws/sagemaker/Endpoints/<stack>--*"),
)
_QUEUED_REQUESTS, _QUEUED_ANSWERS, _QUEUED_FAILURES = (
    _scoped(_below(prefix), _below(prefix))
    for prefix in (
        locations.prediction_requests_prefix("*"),
        locations.prediction_answers_prefix("*"),
        locations.prediction_failures_prefix("*"),
    )
)
_METRICS = allow(
    "cloudwatch:PutMetricData",
    ANYTHING,
    condition='{StringLike: {cloudwatch:namespace: "/aws/sagemaker/*"}}',
)
_PULL_IMAGE = (
    allow("ecr:GetAuthorizationToken", ANYTHING),
    allow(
        "ecr:BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer",
        Resource(
            "repositories",
            "!Sub arn:${AWS::Partition}:ecr:${AWS::Region}:*:repository/*",
        ),
    ),
)

ROLES: dict[str, tuple[Permission, ...]] = {
    "TrainingRole": (
        allow(
            "s3:ListBucket",
            BUCKET,
            condition=f"{{StringLike: {{s3:prefix: [{_LISTED}]}}}}",
        ),
        allow(
            "s3:GetObject",
            _OWN_ROWS,
            _OWN_CHECKPOINTS,
            _CHAMPION_ARCHIVE,
            *objects("base-models", "code"),
        ),
        allow("s3:PutObject", _OWN_CHECKPOINTS, _OWN_OUTPUTS),
        allow(
            "logs:CreateLogGroup CreateLogStream DescribeLogStreams",
            _log_group(_TRAINING_LOGS),
            _log_group(_TRAINING_LOGS, ":*"),
        ),
        allow(
            "logs:PutLogEvents",
            Resource(
                "the job's own log streams",
                _log_group(_TRAINING_LOGS, f":log-stream:{_JOB}/*").reference,
            ),
        ),
        _METRICS,
        *_PULL_IMAGE,
    ),
    "ServingRole": (
        allow("s3:GetObject", _ANY_ARCHIVE),
        _ENDPOINT_LOGS,
        _METRICS,
        *_PULL_IMAGE,
    ),
    "AsyncRole": (
        allow("s3:GetObject", _ANY_ARCHIVE, _QUEUED_REQUESTS),
        allow("s3:PutObject", _QUEUED_ANSWERS, _QUEUED_FAILURES),
        _ENDPOINT_LOGS,
        _METRICS,
        *_PULL_IMAGE,
    ),
    "BatchRole": (
        allow("s3:GetObject", _ANY_ARCHIVE),
        allow(
            "s3:ListBucket",
            BUCKET,
            condition=f'{{StringLike: {{s3:prefix: ["{_below(locations.BATCHES)}"]}}}}',
        ),
        allow("s3:GetObject", _BATCH_REQUESTS, _BATCH_MANIFESTS),
        allow("s3:PutObject", _BATCH_ANSWERS),
        allow(
            "logs:CreateLogGroup CreateLogStream DescribeLogStreams",
            _log_group(_TRANSFORM_LOGS),
            _log_group(_TRANSFORM_LOGS, ":*"),
        ),
        allow("logs:PutLogEvents", TRANSFORM_LOGS),
        _METRICS,
        *_PULL_IMAGE,
    ),
    "JobCreationRole": (
        allow("sagemaker:CreateTrainingJob AddTags", JOBS),
        pass_role(TRAINING_ROLE),
    ),
}
