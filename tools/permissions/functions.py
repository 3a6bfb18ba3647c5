"""What the role of each function allows: the actions of every call it makes. A test compares them with those calls."""

from __future__ import annotations

from contracts import locations
from tools.permissions.grants import (
    ALARMS,
    ANYTHING,
    ASYNC_ROLE,
    BATCH_EXECUTIONS,
    BATCH_MACHINE,
    BATCH_ROLE,
    BUCKET,
    BUS,
    CONFIGS,
    ENDPOINT_LOGS,
    ENDPOINTS,
    EXECUTIONS,
    INDEX,
    JOB_CREATION_ROLE,
    JOB_LOGS,
    JOBS,
    LOGS,
    MACHINE,
    MODELS,
    QUEUE,
    SECRETS,
    SERVING_ROLE,
    TABLE,
    TOPIC,
    TRANSFORM_JOBS,
    TRANSFORM_LOGS,
    Permission,
    Resource,
    allow,
    objects,
    pass_role,
)

_RECORDS = allow("dynamodb:GetItem UpdateItem", TABLE)
_BOOK = allow("dynamodb:PutItem DeleteItem", TABLE)
"""A booking is a transaction."""
_READ_PRICES = allow("pricing:GetProducts", ANYTHING)
_SEE_ROOM = (
    allow("servicequotas:ListServiceQuotas ListAWSDefaultServiceQuotas", ANYTHING),
    allow("sagemaker:ListEndpoints", ANYTHING),
    allow("sagemaker:DescribeEndpoint", ENDPOINTS),
    allow("sagemaker:DescribeEndpointConfig", CONFIGS),
)
_READ_LOGS = allow("logs:DescribeLogStreams GetLogEvents", LOGS)
_READ_SECRET = allow("secretsmanager:GetSecretValue", SECRETS)
_FIND_KEYS = allow("s3:ListBucket", BUCKET)
"""Without it S3 answers 403 instead of 404 for a key that does not exist."""
_KEPT_SPECS = Resource(
    f"{BUCKET.name}/{locations.kept_spec_key('*')}",
    f'!Sub "${{DataBucket.Arn}}/{locations.kept_spec_key("*")}"',
)
_QUEUE_WRITES = [
    Resource(f"{BUCKET.name}/{key}", f'!Sub "${{DataBucket.Arn}}/{key}"')
    for key in (
        locations.prediction_request_key("*", "*"),
        locations.prediction_key("*", "*"),
    )
]
_UPLOADS = Resource(
    f"{BUCKET.name}/{locations.batch_upload_key('*')}",
    f'!Sub "${{DataBucket.Arn}}/{locations.batch_upload_key("*")}"',
)
"""Signed into a link: who has it uploads with this right."""
_FIND_SPEC = allow(
    "s3:GetObject",
    Resource(
        f"{BUCKET.name}/{locations.spec_key('*')}",
        f'!Sub "${{DataBucket.Arn}}/{locations.spec_key("*")}"',
    ),
)
"""S3 asks for it from who only looks whether an object is there."""
_FIND_SEEN_ROWS = allow(
    "s3:GetObject",
    Resource(
        f"{BUCKET.name}/{locations.seen_rows_key('*')}",
        f'!Sub "${{DataBucket.Arn}}/{locations.seen_rows_key("*")}"',
    ),
)
_REMOVE_OBJECTS = allow(
    "s3:DeleteObject DeleteObjectVersion",
    *objects("runs", "checkpoints", "outputs", "models", "predictions"),
)
_REMOVE_LOGS = (
    allow("logs:DescribeLogStreams", LOGS),
    allow("logs:DeleteLogStream", JOB_LOGS),
)
_REMOVE_ALARMS = (
    allow("cloudwatch:DescribeAlarms", ANYTHING),
    allow("cloudwatch:DeleteAlarms", ALARMS),
)
_NOTIFY = (
    allow("sns:Publish", TOPIC),
    allow("events:PutEvents", BUS),
)
_QUEUE = (
    allow("s3:GetObject", *objects("predictions")),
    allow("s3:PutObject", *_QUEUE_WRITES),
)
_CLEAN_UP = (
    allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
    allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags ListTags", ENDPOINTS),
    allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
    allow("sagemaker:DescribeEndpointConfig DeleteEndpointConfig ListTags", CONFIGS),
    allow("sagemaker:DescribeModel DeleteModel ListTags", MODELS),
    *_REMOVE_ALARMS,
    _READ_LOGS,
)
_RETIRE = (
    allow("sagemaker:ListEndpointConfigs ListModels", ANYTHING),
    allow("sagemaker:ListTags", CONFIGS, MODELS),
    allow("sagemaker:DescribeEndpoint", ENDPOINTS),
    allow("sagemaker:DeleteEndpointConfig", CONFIGS),
    allow("sagemaker:DeleteModel", MODELS),
)

PERMISSIONS: dict[str, tuple[Permission, ...]] = {
    "ArriveFunction": (
        _RECORDS,
        allow("sqs:ReceiveMessage DeleteMessage GetQueueAttributes", QUEUE),
        allow("states:StartExecution", MACHINE),
    ),
    "InspectFunction": (
        _RECORDS,
        allow("dynamodb:PutItem DeleteItem ConditionCheckItem", TABLE),
        _FIND_KEYS,
        allow("s3:ListBucketVersions", BUCKET),
        allow("s3:GetObject GetObjectVersion", *objects("datasets", "base-models")),
        allow("s3:GetObject", *objects("runs", "models")),
        allow("s3:PutObject", *objects("runs", "models")),
        _READ_SECRET,
    ),
    "StartTrainingFunction": (
        _RECORDS,
        allow("dynamodb:PutItem Query", TABLE),
        _READ_PRICES,
        _FIND_KEYS,
        allow("s3:GetObject", *objects("code", "base-models", "models", "outputs")),
        allow("s3:GetObjectVersion", *objects("runs", "models")),
        allow("s3:PutObject", *objects("code")),
        allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
        *_SEE_ROOM,
        allow("sts:AssumeRole TagSession", JOB_CREATION_ROLE),
    ),
    "CheckTrainingFunction": (
        _RECORDS,
        _BOOK,
        allow("sagemaker:DescribeTrainingJob StopTrainingJob", JOBS),
        _READ_LOGS,
    ),
    "JudgeFunction": (
        _RECORDS,
        allow("dynamodb:PutItem", TABLE),
        _FIND_KEYS,
        allow("s3:GetObjectVersion", *objects("runs", "outputs", "models")),
        allow("s3:GetObject", *objects("outputs", "models")),
        _FIND_SEEN_ROWS,
        allow("s3:PutObject", *objects("models")),
    ),
    "CreateModelFunction": (
        _RECORDS,
        _FIND_KEYS,
        allow("s3:GetObjectVersion", *objects("runs", "models")),
        allow("s3:GetObject", *objects("models")),
        allow("s3:PutObject", _KEPT_SPECS),
        allow("sagemaker:CreateModel DescribeModel AddTags", MODELS),
        pass_role(SERVING_ROLE),
        pass_role(ASYNC_ROLE),
        _READ_SECRET,
    ),
    "DeployFunction": (
        _RECORDS,
        _BOOK,
        allow("s3:GetObjectVersion", *objects("runs", "models")),
        allow("sagemaker:CreateEndpointConfig", CONFIGS, MODELS),
        allow("sagemaker:DescribeEndpointConfig AddTags ListTags", CONFIGS),
        allow("sagemaker:CreateEndpoint UpdateEndpoint", ENDPOINTS, CONFIGS),
        allow("sagemaker:DescribeEndpoint DeleteEndpoint AddTags ListTags", ENDPOINTS),
        allow("cloudwatch:PutMetricAlarm", ALARMS),
        # SageMaker reads the alarms that an update names with the caller's rights.
        allow("cloudwatch:DescribeAlarms", ANYTHING),
    ),
    "CheckEndpointFunction": (
        *_REMOVE_ALARMS,
        _RECORDS,
        _BOOK,
        _READ_PRICES,
        allow("sagemaker:DescribeEndpoint", ENDPOINTS),
        allow("sagemaker:DescribeEndpointConfig", CONFIGS),
    ),
    "VerifyFunction": (
        _RECORDS,
        _FIND_KEYS,
        allow("s3:GetObject", *objects("models")),
        allow("sagemaker:InvokeEndpoint InvokeEndpointAsync", ENDPOINTS),
        *_QUEUE,
    ),
    "PromoteFunction": (_RECORDS,),
    "RetireFunction": (allow("dynamodb:GetItem", TABLE), *_RETIRE),
    "ExplainFunction": (
        _RECORDS,
        *_CLEAN_UP,
        *_NOTIFY,
    ),
    "NotifyFunction": (_RECORDS, *_NOTIFY),
    "NextDropFunction": (
        _RECORDS,
        allow("dynamodb:Query", TABLE),
        allow("states:StartExecution", MACHINE),
    ),
    "SweepFunction": (
        _RECORDS,
        _BOOK,
        _READ_PRICES,
        allow("dynamodb:Query", TABLE, INDEX),
        allow("s3:ListBucketVersions", BUCKET),
        _REMOVE_OBJECTS,
        *_REMOVE_LOGS,
        allow("states:StartExecution", MACHINE),
        allow("states:DescribeExecution StopExecution", EXECUTIONS),
        allow("sagemaker:ListTrainingJobs ListEndpoints", ANYTHING),
        allow("sagemaker:ListTags", JOBS),
        allow("sagemaker:DescribeTransformJob StopTransformJob", TRANSFORM_JOBS),
        allow("states:StartExecution", BATCH_MACHINE),
        allow("states:DescribeExecution", BATCH_EXECUTIONS),
        allow("cloudwatch:GetMetricStatistics", ANYTHING),
        *_RETIRE,
        _FIND_KEYS,
        _FIND_SPEC,
        *_CLEAN_UP,
        *_NOTIFY,
    ),
    "BatchFunction": (
        _RECORDS,
        _BOOK,
        allow("dynamodb:Query", TABLE),
        _READ_PRICES,
        _FIND_KEYS,
        allow("s3:ListBucketVersions", BUCKET),
        allow("s3:GetObjectVersion", *objects("runs", "models", "batches")),
        allow("s3:GetObject", *objects("models", "batches")),
        allow("s3:PutObject", *objects("batches")),
        allow(
            "sagemaker:CreateModel DescribeModel DeleteModel AddTags ListTags", MODELS
        ),
        allow(
            "sagemaker:CreateTransformJob DescribeTransformJob StopTransformJob AddTags",
            TRANSFORM_JOBS,
        ),
        pass_role(BATCH_ROLE),
        _READ_LOGS,
        _READ_SECRET,
    ),
    "ApiFunction": (
        _RECORDS,
        allow("dynamodb:Query", TABLE, INDEX),
        _FIND_KEYS,
        allow("s3:GetObject", *objects("models")),
        allow("s3:GetObjectVersion", _KEPT_SPECS),
        _FIND_SPEC,
        allow("s3:ListBucketVersions", BUCKET),
        _REMOVE_OBJECTS,
        allow("s3:DeleteObject DeleteObjectVersion", *objects("datasets")),
        _BOOK,
        *_REMOVE_LOGS,
        allow("logs:DeleteLogGroup", ENDPOINT_LOGS),
        allow("states:StartExecution", MACHINE),
        allow("states:DescribeExecution StopExecution", EXECUTIONS),
        allow("states:StartExecution", BATCH_MACHINE),
        allow("states:DescribeExecution StopExecution", BATCH_EXECUTIONS),
        allow("s3:GetObject", *objects("batches")),
        allow("s3:PutObject", _UPLOADS, *objects("datasets")),
        allow("logs:GetLogEvents", JOB_LOGS),
        allow("s3:DeleteObject DeleteObjectVersion", *objects("batches")),
        allow("logs:DeleteLogStream", TRANSFORM_LOGS),
        allow("sagemaker:DescribeTransformJob StopTransformJob", TRANSFORM_JOBS),
        allow("sagemaker:DescribeModel", MODELS),
        allow(
            "sagemaker:InvokeEndpoint InvokeEndpointAsync DeleteEndpoint AddTags ListTags",
            ENDPOINTS,
        ),
        *_QUEUE,
        allow("sagemaker:CreateEndpoint", ENDPOINTS, CONFIGS),
        allow("sagemaker:DescribeEndpointConfig", CONFIGS),
        allow("sagemaker:ListEndpoints", ANYTHING),
        *_RETIRE,
    ),
}
