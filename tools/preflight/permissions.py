"""Whether these credentials may create what the template holds, asked of IAM's policy simulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import boto3

from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

ALWAYS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:ExecuteChangeSet",
    "s3:PutObject",
)
"""What `sam deploy` does whatever a template holds."""
FUNCTION_ACTIONS = (
    "lambda:CreateFunction",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:PassRole",
)
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": (
        "s3:CreateBucket",
        "s3:PutBucketVersioning",
        "s3:PutBucketNotification",
    ),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy",),
    "AWS::DynamoDB::Table": ("dynamodb:CreateTable",),
    "AWS::SNS::Topic": ("sns:CreateTopic",),
    "AWS::SNS::Subscription": ("sns:Subscribe",),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm",),
    "AWS::CloudWatch::Dashboard": ("cloudwatch:PutDashboard",),
    "AWS::Events::Rule": ("events:PutRule", "events:PutTargets"),
    "AWS::Lambda::EventSourceMapping": ("lambda:CreateEventSourceMapping",),
    "AWS::SQS::Queue": ("sqs:CreateQueue",),
    "AWS::SQS::QueuePolicy": ("sqs:SetQueueAttributes",),
    "AWS::IAM::Role": ("iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"),
    "AWS::IAM::Policy": ("iam:PutRolePolicy",),
    "AWS::Serverless::StateMachine": ("states:CreateStateMachine", "events:PutRule"),
    "AWS::Serverless::Function": (*FUNCTION_ACTIONS, "scheduler:CreateSchedule"),
    "AWS::Serverless::LayerVersion": ("lambda:PublishLayerVersion",),
    "AWS::Serverless::Api": ("apigateway:POST", "apigateway:PATCH"),
    "AWS::ApiGateway::ApiKey": ("apigateway:POST",),
    "AWS::ApiGateway::UsagePlan": ("apigateway:POST",),
    "AWS::ApiGateway::UsagePlanKey": ("apigateway:POST",),
}
"""Type of a resource -> what creating it takes. Condition keys and resources are not looked at."""


def deployment_permissions(
    session: boto3.Session, deployment: Deployment, caller: str
) -> Iterator[Finding]:
    """One finding: all is allowed, or what is not. `caller` is the ARN of the credentials."""
    principal = principal_of(caller)
    if principal.endswith(":root"):
        yield Finding(
            State.WARNING,
            "credentials: the account's root user may do everything",
            "Better use a role or an IAM Identity Center user for deployments.",
        )
        return
    denied = _denied(session, principal, required_actions(deployment))
    if denied:
        yield Finding(
            State.MISSING,
            f"permissions: {principal} may not {', '.join(denied)}",
            "Ask for them, or deploy with credentials that have them (docs/permissions.md lists what runs later).",
        )
    else:
        yield Finding(
            State.OK, "permissions: roles, functions and all else can be created"
        )


def required_actions(deployment: Deployment) -> list[str]:
    """Raises `KeyError` for a type of resource that is not in `ACTIONS`."""
    actions = set(ALWAYS)
    for resource_type in deployment.resource_types:
        actions |= set(ACTIONS[resource_type])
    return sorted(actions)


def principal_of(caller: str) -> str:
    """The role of an assumed role's session, which the simulator wants; any other ARN as it is."""
    service, _, resource = caller.partition(":assumed-role/")
    if not resource:
        return caller
    role = resource.partition("/")[0]
    return f"{service.replace(':sts:', ':iam:')}:role/{role}"


def _denied(session: boto3.Session, principal: str, actions: list[str]) -> list[str]:
    pages = (
        session.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(PolicySourceArn=principal, ActionNames=actions)
    )
    results = [result for page in pages for result in page["EvaluationResults"]]
    return [
        result["EvalActionName"]
        for result in results
        if result["EvalDecision"] != "allowed"
    ]
