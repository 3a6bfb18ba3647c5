"""What each function's role must allow: the IAM actions of every call it makes, and on what.

Tests compare this with the calls that are really made and with `docs/permissions.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLE, INDEX = "ledger table", "ledger table's indexes"
BUCKET = "data bucket"
JOBS, MODELS, CONFIGS, ENDPOINTS = (
    "training-job/<stack>-*",
    "model/<stack>-*",
    "endpoint-config/<stack>-*",
    "endpoint/<stack>-*",
)
ROLE, TOPIC, BUS = "SageMaker role", "topic", "event-bus/default"
SECRETS = "secret:<stack>/*"
LOGS = "log groups /aws/sagemaker/*"
MACHINE, EXECUTIONS = "state machine", "its executions"
ANYTHING = "*"


@dataclass(frozen=True)
class Permission:
    """These actions on each of these resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


def _allow(actions: str, *resources: str) -> Permission:
    """`actions` share the service before the colon: `s3:GetObject PutObject`."""
    service, _, names = actions.partition(":")
    return Permission(tuple(f"{service}:{name}" for name in names.split()), resources)


def _in_bucket(*prefixes: str) -> tuple[str, ...]:
    return tuple(f"{BUCKET}/{prefix}/*" for prefix in prefixes)


_RECORDS = _allow("dynamodb:GetItem UpdateItem", TABLE)
_PASS_ROLE = _allow("iam:PassRole", ROLE)
_READ_LOGS = _allow("logs:DescribeLogStreams GetLogEvents", LOGS)
_READ_SECRET = _allow("secretsmanager:GetSecretValue", SECRETS)
_FIND_KEYS = _allow("s3:ListBucket", BUCKET)
"""Without it S3 answers 403 instead of 404 for a key that does not exist."""
_TELL = (
    _allow("sns:Publish", TOPIC),
    _allow("events:PutEvents", BUS),
)
_CLEAN = (
    _allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
    _allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags", ENDPOINTS),
    _allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
    _allow("sagemaker:DeleteEndpointConfig", CONFIGS),
    _allow("sagemaker:DeleteModel", MODELS),
    _READ_LOGS,
)
_RETIRE = (
    _allow("sagemaker:ListEndpointConfigs ListModels", ANYTHING),
    _allow("sagemaker:ListTags", CONFIGS, MODELS),
    _allow("sagemaker:DescribeEndpoint", ENDPOINTS),
    _allow("sagemaker:DeleteEndpointConfig", CONFIGS),
    _allow("sagemaker:DeleteModel", MODELS),
)

PERMISSIONS: dict[str, tuple[Permission, ...]] = {
    "inspect_drop": (
        _RECORDS,
        _allow("dynamodb:PutItem", TABLE),
        _allow("s3:ListBucketVersions", BUCKET),
        _allow("s3:GetObject GetObjectVersion", *_in_bucket("datasets")),
        _allow("s3:PutObject", *_in_bucket("runs", "models")),
        _READ_SECRET,
    ),
    "start_training": (
        _RECORDS,
        _FIND_KEYS,
        _allow("s3:GetObject", *_in_bucket("runs", "code", "base-models", "models")),
        _allow("s3:PutObject", *_in_bucket("code")),
        _allow("sagemaker:CreateTrainingJob DescribeTrainingJob AddTags", JOBS),
        _PASS_ROLE,
    ),
    "check_training": (_RECORDS, _allow("sagemaker:DescribeTrainingJob", JOBS), _READ_LOGS),
    "judge": (
        _RECORDS,
        _FIND_KEYS,
        _allow("s3:GetObject", *_in_bucket("runs", "models")),
        _allow("s3:PutObject", *_in_bucket("models")),
    ),
    "create_model": (
        _RECORDS,
        _allow("s3:GetObject", *_in_bucket("runs")),
        _allow("sagemaker:DescribeTrainingJob", JOBS),
        _allow("sagemaker:CreateModel DescribeModel AddTags", MODELS),
        _PASS_ROLE,
        _READ_SECRET,
    ),
    "deploy": (
        _RECORDS,
        _allow("s3:GetObject", *_in_bucket("runs")),
        _allow("sagemaker:CreateEndpointConfig", CONFIGS, MODELS),
        _allow("sagemaker:DescribeEndpointConfig AddTags", CONFIGS),
        _allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
        _allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags", ENDPOINTS),
    ),
    "check_endpoint": (_RECORDS, _allow("sagemaker:DescribeEndpoint", ENDPOINTS)),
    "verify": (
        _RECORDS,
        _FIND_KEYS,
        _allow("s3:GetObject", *_in_bucket("models")),
        _allow("sagemaker:InvokeEndpoint", ENDPOINTS),
    ),
    "promote": (_RECORDS,),
    "retire": (_allow("dynamodb:GetItem", TABLE), *_RETIRE),
    "explain": (_RECORDS, *_CLEAN, *_TELL),
    "notify": (_RECORDS, *_TELL),
    "sweep": (
        _RECORDS,
        _allow("dynamodb:Query", INDEX),
        _allow("s3:ListBucketVersions", BUCKET),
        _allow("states:ListExecutions StartExecution", MACHINE),
        _allow("states:DescribeExecution", EXECUTIONS),
        _allow("sagemaker:DescribeEndpointConfig", CONFIGS),
        *_RETIRE,
        *_CLEAN,
        *_TELL,
    ),
    "api": (
        _RECORDS,
        _allow("dynamodb:Query", INDEX),
        _FIND_KEYS,
        _allow("s3:GetObject", *_in_bucket("models")),
        _allow("sagemaker:InvokeEndpoint DeleteEndpoint", ENDPOINTS),
        _allow("sagemaker:ListEndpoints", ANYTHING),
        *_RETIRE,
    ),
}


def actions(function: str) -> set[str]:
    """Every action that a function may need."""
    return {action for permission in PERMISSIONS[function] for action in permission.actions}
