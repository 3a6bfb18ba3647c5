"""Whose credentials a tool runs with, and what to do where there are none."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

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


def sign_in(arguments: argparse.Namespace) -> tuple[boto3.Session, Caller]:
    """By the options of `add_account_arguments`. Raises as `look_up_caller`."""
    session = boto3.Session(
        profile_name=arguments.profile, region_name=arguments.region
    )
    return session, look_up_caller(session)


def look_up_caller(session: boto3.Session) -> Caller:
    """Raises botocore's errors where there are no credentials, wrong ones, or no region."""
    client = session.client("sts")
    return Caller(
        arn=client.get_caller_identity()["Arn"], region=client.meta.region_name
    )


def add_account_arguments(parser: argparse.ArgumentParser) -> None:
    """Where a tool works, and as whom."""
    parser.add_argument("--region", help="AWS region; the environment's by default")
    parser.add_argument("--profile", help="AWS profile; the environment's by default")


def is_typed(expected: str, question: str, ask: Callable[[str], str] = input) -> bool:
    """Whether the user answers so; the end of the input is a no."""
    try:
        return ask(question).strip() == expected
    except EOFError:
        return False
