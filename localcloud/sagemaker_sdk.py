"""What the SageMaker Python SDK reads beside its endpoints: a bucket and a role of the account, and no telemetry.

Without a bucket of its settings `Session()` asks `https://sts.REGION.amazonaws.com` for one, an address that nobody can
change. The role may do what AWS's policy AmazonSageMakerFullAccess allows of what is here: to S3 where a
bucket has `sagemaker` in its name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud import clients
from localcloud.cloud import LocalCloud
from localcloud.environment import REGION

SETTINGS_FILE = "sagemaker-sdk.yaml"
ROLE_NAME = "AmazonSageMaker-ExecutionRole"
_POLICY_NAME = "SageMaker"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_BUCKETS = ["arn:aws:s3:::*sagemaker*", "arn:aws:s3:::*SageMaker*"]
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sagemaker:*", "logs:*", "cloudwatch:*", "ecr:Get*"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": "s3:*", "Resource": _BUCKETS},
        {
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation"],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::*:role/{ROLE_NAME}",
        },
    ],
}


def variables(cloud: LocalCloud) -> dict[str, str]:
    """Variables of a shell in which the SDK finds its settings.

    Its check of a role's permissions is off: it asks for many of services that are not here.
    """
    return {
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(cloud.state / SETTINGS_FILE),
        "SAGEMAKER_VALIDATE_ROLE": "false",
    }


def prepare(cloud: LocalCloud) -> None:
    """Makes the role and writes the settings of a running cloud; may be repeated."""
    role_arn = _make_role(clients.iam(cloud))
    text = json.dumps(settings(role_arn), indent=2)
    # JSON is YAML too.
    Path(cloud.state / SETTINGS_FILE).write_text(f"{text}\n", "utf-8")


def settings(role_arn: str) -> dict[str, Any]:
    """The SDK's settings; the bucket is the one that it would choose on AWS."""
    account = role_arn.split(":")[4]
    bucket = f"sagemaker-{REGION}-{account}"
    modules = {"Session": {"DefaultS3Bucket": bucket}, "TelemetryOptOut": True}
    return {
        "SchemaVersion": "1.0",
        "SageMaker": {
            "PythonSDK": {"Modules": modules},
            "TrainingJob": {"RoleArn": role_arn},
            "Model": {"ExecutionRoleArn": role_arn},
        },
    }


def _make_role(iam: Any) -> str:
    """Returns its ARN."""
    try:
        role = iam.get_role(RoleName=ROLE_NAME)["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(
            RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(_TRUST)
        )["Role"]
    iam.put_role_policy(
        RoleName=ROLE_NAME,
        PolicyName=_POLICY_NAME,
        PolicyDocument=json.dumps(_POLICY),
    )
    return str(role["Arn"])
