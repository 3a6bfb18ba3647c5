"""What each function's role allows: the IAM actions of every call it makes, and on what.

`make generate` writes the roles of `template.yaml` and the table of `docs/permissions.md` from here. A test compares
this table with the calls that are really made.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts import locations
from functions.common.tags import SESSION_CHAMPION, SESSION_JOB, SESSION_RUN


@dataclass(frozen=True)
class Resource:
    """`name` is for people, `reference` is how `template.yaml` refers to it: a YAML value."""

    name: str
    reference: str


@dataclass(frozen=True)
class Permission:
    """These actions on each of these resources."""

    actions: tuple[str, ...]
    resources: tuple[Resource, ...]
    condition: str | None = None
    """A flow mapping of YAML."""


def _own(name: str, service: str, resource: str | None = None) -> Resource:
    """A resource of this account and region; those of the stack are known by the beginning of their names."""
    path = (resource or name).replace("<stack>", "${AWS::StackName}")
    return Resource(
        name,
        f"!Sub arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{path}",
    )


TABLE = Resource("ledger table", "!GetAtt LedgerTable.Arn")
INDEX = Resource("ledger table's indexes", '!Sub "${LedgerTable.Arn}/index/*"')
BUCKET = Resource("data bucket", "!GetAtt DataBucket.Arn")
JOBS = _own("training-job/<stack>--*", "sagemaker")
MODELS = _own("model/<stack>--*", "sagemaker")
CONFIGS = _own("endpoint-config/<stack>--*", "sagemaker")
ENDPOINTS = _own("endpoint/<stack>--*", "sagemaker")
TRANSFORM_JOBS = _own("transform-job/<stack>--*", "sagemaker")
TRAINING_ROLE = Resource("training role", "!GetAtt TrainingRole.Arn")
SERVING_ROLE = Resource("serving role", "!GetAtt ServingRole.Arn")
BATCH_ROLE = Resource("batch role", "!GetAtt BatchRole.Arn")
JOB_CREATION_ROLE = Resource("job creation role", "!GetAtt JobCreationRole.Arn")
TOPIC = Resource("topic", "!Ref Topic")
BUS = _own("event-bus/default", "events")
SECRETS = _own("secret:<stack>/*", "secretsmanager")
LOGS = _own("log groups /aws/sagemaker/*", "logs", "log-group:/aws/sagemaker/*")
JOB_LOGS = _own(
    "log streams <stack>--* of /aws/sagemaker/TrainingJobs",
    "logs",
    "log-group:/aws/sagemaker/TrainingJobs:log-stream:<stack>--*",
)
ENDPOINT_LOGS = _own(
    "log groups /aws/sagemaker/Endpoints/<stack>--*",
    "logs",
    "log-group:/aws/sagemaker/Endpoints/<stack>--*",
)
TRANSFORM_LOGS = _own(
    "log streams <stack>--* of /aws/sagemaker/TransformJobs",
    "logs",
    "log-group:/aws/sagemaker/TransformJobs:log-stream:<stack>--*",
)
QUEUE = Resource("queue of arrivals", "!GetAtt Arrivals.Arn")
MACHINE = _own("state machine", "states", "stateMachine:<stack>")
EXECUTIONS = _own("its executions", "states", "execution:<stack>:*")
BATCH_MACHINE = _own("batch state machine", "states", "stateMachine:<stack>--batch")
BATCH_EXECUTIONS = _own("its executions", "states", "execution:<stack>--batch:*")
ALARMS = _own("alarm:<stack>--*", "cloudwatch")
ANYTHING = Resource("*", '"*"')


def _allow(
    actions: str, *resources: Resource, condition: str | None = None
) -> Permission:
    """`actions` share the service before the colon: `s3:GetObject PutObject`."""
    service, _, names = actions.partition(":")
    return Permission(
        tuple(f"{service}:{name}" for name in names.split()), resources, condition
    )


def _objects(*prefixes: str) -> list[Resource]:
    """The objects of the data bucket below these prefixes."""
    return [
        Resource(f"{BUCKET.name}/{prefix}/*", f'!Sub "${{DataBucket.Arn}}/{prefix}/*"')
        for prefix in prefixes
    ]


_RECORDS = _allow("dynamodb:GetItem UpdateItem", TABLE)
_BOOK = _allow("dynamodb:PutItem DeleteItem", TABLE)
"""A booking is a transaction."""
_READ_PRICES = _allow("pricing:GetProducts", ANYTHING)


def _pass_role(role: Resource) -> Permission:
    return _allow(
        "iam:PassRole",
        role,
        condition="{StringEquals: {iam:PassedToService: sagemaker.amazonaws.com}}",
    )


_READ_LOGS = _allow("logs:DescribeLogStreams GetLogEvents", LOGS)
_READ_SECRET = _allow("secretsmanager:GetSecretValue", SECRETS)
_FIND_KEYS = _allow("s3:ListBucket", BUCKET)
"""Without it S3 answers 403 instead of 404 for a key that does not exist."""
_KEPT_SPECS = Resource(
    f"{BUCKET.name}/{locations.kept_spec_key('*')}",
    f'!Sub "${{DataBucket.Arn}}/{locations.kept_spec_key("*")}"',
)
_UPLOADS = Resource(
    f"{BUCKET.name}/{locations.batch_upload_key('*')}",
    f'!Sub "${{DataBucket.Arn}}/{locations.batch_upload_key("*")}"',
)
"""Signed into a link: who has it uploads with this right."""
_FIND_SPEC = _allow(
    "s3:GetObject",
    Resource(
        f"{BUCKET.name}/{locations.spec_key('*')}",
        f'!Sub "${{DataBucket.Arn}}/{locations.spec_key("*")}"',
    ),
)
"""S3 asks for it from who only looks whether an object is there."""
_FIND_SEEN_ROWS = _allow(
    "s3:GetObject",
    Resource(
        f"{BUCKET.name}/{locations.seen_rows_key('*')}",
        f'!Sub "${{DataBucket.Arn}}/{locations.seen_rows_key("*")}"',
    ),
)
_REMOVE_OBJECTS = _allow(
    "s3:DeleteObject DeleteObjectVersion",
    *_objects("runs", "checkpoints", "outputs", "models"),
)
_REMOVE_LOGS = (
    _allow("logs:DescribeLogStreams", LOGS),
    _allow("logs:DeleteLogStream", JOB_LOGS),
)
_REMOVE_ALARMS = (
    _allow("cloudwatch:DescribeAlarms", ANYTHING),
    _allow("cloudwatch:DeleteAlarms", ALARMS),
)
_NOTIFY = (
    _allow("sns:Publish", TOPIC),
    _allow("events:PutEvents", BUS),
)
_CLEAN_UP = (
    _allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
    _allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags ListTags", ENDPOINTS),
    _allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
    _allow("sagemaker:DescribeEndpointConfig DeleteEndpointConfig ListTags", CONFIGS),
    _allow("sagemaker:DescribeModel DeleteModel ListTags", MODELS),
    *_REMOVE_ALARMS,
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
    "ArriveFunction": (
        _RECORDS,
        _allow("sqs:ReceiveMessage DeleteMessage GetQueueAttributes", QUEUE),
        _allow("states:StartExecution", MACHINE),
    ),
    "InspectFunction": (
        _RECORDS,
        _allow("dynamodb:PutItem DeleteItem ConditionCheckItem", TABLE),
        _FIND_KEYS,
        _allow("s3:ListBucketVersions", BUCKET),
        _allow("s3:GetObject GetObjectVersion", *_objects("datasets", "base-models")),
        _allow("s3:GetObject", *_objects("runs", "models")),
        _allow("s3:PutObject", *_objects("runs", "models")),
        _READ_SECRET,
    ),
    "StartTrainingFunction": (
        _RECORDS,
        _allow("dynamodb:PutItem Query", TABLE),
        _READ_PRICES,
        _FIND_KEYS,
        _allow("s3:GetObject", *_objects("code", "base-models", "models", "outputs")),
        _allow("s3:GetObjectVersion", *_objects("runs", "models")),
        _allow("s3:PutObject", *_objects("code")),
        _allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
        _allow("sts:AssumeRole TagSession", JOB_CREATION_ROLE),
    ),
    "CheckTrainingFunction": (
        _RECORDS,
        _BOOK,
        _allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
        _READ_LOGS,
    ),
    "JudgeFunction": (
        _RECORDS,
        _allow("dynamodb:PutItem", TABLE),
        _FIND_KEYS,
        _allow("s3:GetObjectVersion", *_objects("runs", "outputs", "models")),
        _allow("s3:GetObject", *_objects("outputs", "models")),
        _FIND_SEEN_ROWS,
        _allow("s3:PutObject", *_objects("models")),
    ),
    "CreateModelFunction": (
        _RECORDS,
        _FIND_KEYS,
        _allow("s3:GetObjectVersion", *_objects("runs", "models")),
        _allow("s3:GetObject", *_objects("models")),
        _allow("s3:PutObject", _KEPT_SPECS),
        _allow("sagemaker:CreateModel DescribeModel AddTags", MODELS),
        _pass_role(SERVING_ROLE),
        _READ_SECRET,
    ),
    "DeployFunction": (
        _RECORDS,
        _BOOK,
        _allow("s3:GetObjectVersion", *_objects("runs", "models")),
        _allow("sagemaker:CreateEndpointConfig", CONFIGS, MODELS),
        _allow("sagemaker:DescribeEndpointConfig AddTags ListTags", CONFIGS),
        _allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
        _allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags ListTags", ENDPOINTS),
        _allow("cloudwatch:PutMetricAlarm", ALARMS),
        # SageMaker reads the alarms that an update names with the caller's rights.
        _allow("cloudwatch:DescribeAlarms", ANYTHING),
    ),
    "CheckEndpointFunction": (
        *_REMOVE_ALARMS,
        _RECORDS,
        _BOOK,
        _READ_PRICES,
        _allow("sagemaker:DescribeEndpoint", ENDPOINTS),
        _allow("sagemaker:DescribeEndpointConfig", CONFIGS),
    ),
    "VerifyFunction": (
        _RECORDS,
        _FIND_KEYS,
        _allow("s3:GetObject", *_objects("models")),
        _allow("sagemaker:InvokeEndpoint", ENDPOINTS),
    ),
    "PromoteFunction": (_RECORDS,),
    "RetireFunction": (_allow("dynamodb:GetItem", TABLE), *_RETIRE),
    "ExplainFunction": (
        _RECORDS,
        *_CLEAN_UP,
        *_NOTIFY,
    ),
    "NotifyFunction": (_RECORDS, *_NOTIFY),
    "NextDropFunction": (
        _RECORDS,
        _allow("dynamodb:Query", TABLE),
        _allow("states:StartExecution", MACHINE),
    ),
    "SweepFunction": (
        _RECORDS,
        _BOOK,
        _READ_PRICES,
        _allow("dynamodb:Query", TABLE, INDEX),
        _allow("s3:ListBucketVersions", BUCKET),
        _REMOVE_OBJECTS,
        *_REMOVE_LOGS,
        _allow("states:StartExecution", MACHINE),
        _allow("states:DescribeExecution StopExecution", EXECUTIONS),
        _allow("sagemaker:ListTrainingJobs ListEndpoints", ANYTHING),
        _allow("sagemaker:ListTags", JOBS),
        _allow("sagemaker:DescribeTransformJob StopTransformJob", TRANSFORM_JOBS),
        _allow("states:StartExecution", BATCH_MACHINE),
        _allow("states:DescribeExecution", BATCH_EXECUTIONS),
        _allow("cloudwatch:GetMetricStatistics", ANYTHING),
        *_RETIRE,
        _FIND_KEYS,
        _FIND_SPEC,
        *_CLEAN_UP,
        *_NOTIFY,
    ),
    "BatchFunction": (
        _RECORDS,
        _BOOK,
        _allow("dynamodb:Query", TABLE),
        _READ_PRICES,
        _FIND_KEYS,
        _allow("s3:ListBucketVersions", BUCKET),
        _allow("s3:GetObjectVersion", *_objects("runs", "models", "batches")),
        _allow("s3:GetObject", *_objects("models", "batches")),
        _allow("s3:PutObject", *_objects("batches")),
        _allow(
            "sagemaker:CreateModel DescribeModel DeleteModel AddTags ListTags", MODELS
        ),
        _allow(
            "sagemaker:CreateTransformJob DescribeTransformJob StopTransformJob AddTags",
            TRANSFORM_JOBS,
        ),
        _pass_role(BATCH_ROLE),
        _READ_LOGS,
        _READ_SECRET,
    ),
    "ApiFunction": (
        _RECORDS,
        _allow("dynamodb:Query", TABLE, INDEX),
        _FIND_KEYS,
        _allow("s3:GetObject", *_objects("models")),
        _allow("s3:GetObjectVersion", _KEPT_SPECS),
        _FIND_SPEC,
        _allow("s3:ListBucketVersions", BUCKET),
        _REMOVE_OBJECTS,
        _allow("s3:DeleteObject DeleteObjectVersion", *_objects("datasets")),
        _BOOK,
        *_REMOVE_LOGS,
        _allow("logs:DeleteLogGroup", ENDPOINT_LOGS),
        _allow("states:StartExecution", MACHINE),
        _allow("states:DescribeExecution StopExecution", EXECUTIONS),
        _allow("states:StartExecution", BATCH_MACHINE),
        _allow("states:DescribeExecution StopExecution", BATCH_EXECUTIONS),
        _allow("s3:GetObject", *_objects("batches")),
        _allow("s3:PutObject", _UPLOADS),
        _allow("s3:DeleteObject DeleteObjectVersion", *_objects("batches")),
        _allow("logs:DeleteLogStream", TRANSFORM_LOGS),
        _allow("sagemaker:DescribeTransformJob StopTransformJob", TRANSFORM_JOBS),
        _allow("sagemaker:DescribeModel", MODELS),
        _allow("sagemaker:InvokeEndpoint DeleteEndpoint AddTags ListTags", ENDPOINTS),
        _allow("sagemaker:CreateEndpoint", ENDPOINTS, CONFIGS),
        _allow("sagemaker:DescribeEndpointConfig", CONFIGS),
        _allow("sagemaker:ListEndpoints", ANYTHING),
        *_RETIRE,
    ),
}


_RUN, _JOB, _CHAMPION = (
    f"${{!aws:PrincipalTag/{tag}}}"
    for tag in (SESSION_RUN, SESSION_JOB, SESSION_CHAMPION)
)
"""In `!Sub`: what IAM puts in at a request, the value of a tag of the caller's session."""


def _scoped(name: str, path: str) -> Resource:
    return Resource(f"{BUCKET.name}/{name}", f'!Sub "${{DataBucket.Arn}}/{path}"')


def _log_group(name: str, path: str = "") -> Resource:
    return _own(f"log group {name}", "logs", f"log-group:{name}{path}")


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
_METRICS = _allow(
    "cloudwatch:PutMetricData",
    ANYTHING,
    condition='{StringLike: {cloudwatch:namespace: "/aws/sagemaker/*"}}',
)
_PULL_IMAGE = (
    _allow("ecr:GetAuthorizationToken", ANYTHING),
    _allow(
        "ecr:BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer",
        Resource(
            "repositories",
            "!Sub arn:${AWS::Partition}:ecr:${AWS::Region}:*:repository/*",
        ),
    ),
)

ROLES: dict[str, tuple[Permission, ...]] = {
    "TrainingRole": (
        _allow(
            "s3:ListBucket",
            BUCKET,
            condition=f"{{StringLike: {{s3:prefix: [{_LISTED}]}}}}",
        ),
        _allow(
            "s3:GetObject",
            _OWN_ROWS,
            _OWN_CHECKPOINTS,
            _CHAMPION_ARCHIVE,
            *_objects("base-models", "code"),
        ),
        _allow("s3:PutObject", _OWN_CHECKPOINTS, _OWN_OUTPUTS),
        _allow(
            "logs:CreateLogGroup CreateLogStream DescribeLogStreams",
            _log_group(_TRAINING_LOGS),
            _log_group(_TRAINING_LOGS, ":*"),
        ),
        _allow(
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
        _allow("s3:GetObject", _ANY_ARCHIVE),
        _allow(
            "logs:CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents",
            _log_group("/aws/sagemaker/Endpoints/<stack>--*"),
        ),
        _METRICS,
        *_PULL_IMAGE,
    ),
    "BatchRole": (
        _allow("s3:GetObject", _ANY_ARCHIVE),
        _allow(
            "s3:ListBucket",
            BUCKET,
            condition=f'{{StringLike: {{s3:prefix: ["{_below(locations.BATCHES)}"]}}}}',
        ),
        _allow("s3:GetObject", _BATCH_REQUESTS, _BATCH_MANIFESTS),
        _allow("s3:PutObject", _BATCH_ANSWERS),
        _allow(
            "logs:CreateLogGroup CreateLogStream DescribeLogStreams",
            _log_group(_TRANSFORM_LOGS),
            _log_group(_TRANSFORM_LOGS, ":*"),
        ),
        _allow("logs:PutLogEvents", TRANSFORM_LOGS),
        _METRICS,
        *_PULL_IMAGE,
    ),
    "JobCreationRole": (
        _allow("sagemaker:CreateTrainingJob AddTags", JOBS),
        _pass_role(TRAINING_ROLE),
    ),
}
"""What SageMaker does with a job or an endpoint, whose code may be the drop's, and who may create jobs."""


def actions(function: str) -> set[str]:
    """Every action that a function may need."""
    return {
        action
        for permission in (PERMISSIONS | ROLES)[function]
        for action in permission.actions
    }
