"""What the SageMaker Python SDK reads beside its endpoints: a bucket and a role of the account, and no telemetry.

Without a bucket of its settings `Session()` asks `https://sts.REGION.amazonaws.com` for one, an address that nobody can
change. The role may do what AWS's policy AmazonSageMakerFullAccess allows of what is here: to S3 where a
bucket has `sagemaker` in its name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass(frozen=True)
class SdkAccount:
    """What the SDK finds in an account on AWS."""

    role_arn: str

    @property
    def bucket(self) -> str:
        """The one that the SDK would choose on AWS."""
        account = self.role_arn.split(":")[4]
        return f"sagemaker-{REGION}-{account}"


def prepare(cloud: LocalCloud) -> SdkAccount:
    """Makes role and bucket and writes the settings of a running cloud; may be repeated."""
    account = SdkAccount(_make_role(clients.iam(cloud)))
    clients.s3(cloud).create_bucket(Bucket=account.bucket)
    text = json.dumps(settings(account), indent=2)
    # JSON is YAML too.
    Path(cloud.state / SETTINGS_FILE).write_text(f"{text}\n", "utf-8")
    return account


def settings(account: SdkAccount) -> dict[str, Any]:
    session = {"DefaultS3Bucket": account.bucket}
    modules = {"Session": session, "TelemetryOptOut": True}
    return {
        "SchemaVersion": "1.0",
        "SageMaker": {
            "PythonSDK": {"Modules": modules},
            "TrainingJob": {"RoleArn": account.role_arn},
            "Model": {"ExecutionRoleArn": account.role_arn},
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
