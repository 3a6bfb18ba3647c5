"""Whose credentials a tool runs with, and what to do where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import boto3

EXPECTED = "expected credentials of an AWS account and a region: aws configure, or --profile and --region"
"""The remedy of every tool that finds no account."""


@dataclass(frozen=True)
class Caller:
    """`arn` is of the user or role; `region` is the one that the session talks to."""

    arn: str
    region: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


def look_up_caller(session: boto3.Session) -> Caller:
    """Raises botocore's errors where there are no credentials, wrong ones, or no region."""
    client = session.client("sts")
    return Caller(
        arn=client.get_caller_identity()["Arn"], region=client.meta.region_name
    )
