"""What the tables of permissions are written with: resources of the stack, and what is allowed on them."""

from __future__ import annotations

from dataclasses import dataclass


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


def own(name: str, service: str, resource: str | None = None) -> Resource:
    """A resource of this account and region; those of the stack are known by the beginning of their names."""
    path = (resource or name).replace("<stack>", "${AWS::StackName}")
    return Resource(
        name,
        f"!Sub arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{path}",
    )


TABLE = Resource("ledger table", "!GetAtt LedgerTable.Arn")
INDEX = Resource("ledger table's indexes", '!Sub "${LedgerTable.Arn}/index/*"')
BUCKET = Resource("data bucket", "!GetAtt DataBucket.Arn")
JOBS = own("training-job/<stack>--*", "sagemaker")
MODELS = own("model/<stack>--*", "sagemaker")
CONFIGS = own("endpoint-config/<stack>--*", "sagemaker")
ENDPOINTS = own("endpoint/<stack>--*", "sagemaker")
TRANSFORM_JOBS = own("transform-job/<stack>--*", "sagemaker")
TRAINING_ROLE = Resource("training role", "!GetAtt TrainingRole.Arn")
SERVING_ROLE = Resource("serving role", "!GetAtt ServingRole.Arn")
ASYNC_ROLE = Resource("async role", "!GetAtt AsyncRole.Arn")
BATCH_ROLE = Resource("batch role", "!GetAtt BatchRole.Arn")
JOB_CREATION_ROLE = Resource("job creation role", "!GetAtt JobCreationRole.Arn")
TOPIC = Resource("topic", "!Ref Topic")
BUS = own("event-bus/default", "events")
SECRETS = own("secret:<stack>/*", "secretsmanager")
LOGS = own("log groups /aws/sagemaker/*", "logs", "log-group:/aws/sagemaker/*")
JOB_LOGS = own(
    "log streams <stack>--* of /aws/sagemaker/TrainingJobs",
    "logs",
    "log-group:/aws/sagemaker/TrainingJobs:log-stream:<stack>--*",
)
ENDPOINT_LOGS = own(
    "log groups /aws/sagemaker/Endpoints/<stack>--*",
    "logs",
    "log-group:/aws/sagemaker/Endpoints/<stack>--*",
)
TRANSFORM_LOGS = own(
    "log streams <stack>--* of /aws/sagemaker/TransformJobs",
    "logs",
    "log-group:/aws/sagemaker/TransformJobs:log-stream:<stack>--*",
)
QUEUE = Resource("queue of arrivals", "!GetAtt Arrivals.Arn")
MACHINE = own("state machine", "states", "stateMachine:<stack>")
EXECUTIONS = own("its executions", "states", "execution:<stack>:*")
BATCH_MACHINE = own("batch state machine", "states", "stateMachine:<stack>--batch")
BATCH_EXECUTIONS = own("its executions", "states", "execution:<stack>--batch:*")
ALARMS = own("alarm:<stack>--*", "cloudwatch")
ANYTHING = Resource("*", '"*"')


def allow(
    actions: str, *resources: Resource, condition: str | None = None
) -> Permission:
    """`actions` share the service before the colon: `s3:GetObject PutObject`."""
    service, _, names = actions.partition(":")
    return Permission(
        tuple(f"{service}:{name}" for name in names.split()), resources, condition
    )


def objects(*prefixes: str) -> list[Resource]:
    """The objects of the data bucket below these prefixes."""
    return [
        Resource(f"{BUCKET.name}/{prefix}/*", f'!Sub "${{DataBucket.Arn}}/{prefix}/*"')
        for prefix in prefixes
    ]


def pass_role(role: Resource) -> Permission:
    return allow(
        "iam:PassRole",
        role,
        condition="{StringEquals: {iam:PassedToService: sagemaker.amazonaws.com}}",
    )
