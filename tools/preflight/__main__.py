"""`python -m tools.preflight` looks up what a first deployment to AWS needs, and deploys nothing.

It uses the credentials and the region that `sam deploy` would use. Each line is `ok`, `warning`, `missing` or
`unknown`, with what to do below it. The exit code is 1 where something is missing, and 2 without credentials.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.errors import AwsError
from tools.aws_account import EXPECTED, add_account_arguments, sign_in
from tools.preflight import hub, images, permissions, prices, quotas
from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State
from tools.preflight.sam_configuration import sam_configuration
from tools.source_modules import ROOT

Check = Callable[[], Iterator[Finding]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.preflight", description=__doc__
    )
    add_account_arguments(parser)
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the template, as sam deploy will get it; may be repeated",
    )
    arguments = parser.parse_args(argv)
    try:
        deployment = Deployment.read(_overrides(arguments.parameter))
        session, caller = sign_in(arguments)
    except (ValueError, BotoCoreError, ClientError) as error:
        print(f"preflight: {error}", file=sys.stderr)
        print(f"preflight: {EXPECTED}", file=sys.stderr)
        return 2
    print(f"Account {caller.account}, region {caller.region}, as {caller.arn}")
    findings = list(look_up(session, deployment, caller.arn))
    for finding in findings:
        print("\n".join(finding.lines()))
    missing = sum(finding.state is State.MISSING for finding in findings)
    print(
        f"{missing} missing."
        if missing
        else "Nothing is missing: sam build && sam deploy --guided"
    )
    return 1 if missing else 0


def look_up(
    session: boto3.Session, deployment: Deployment, caller: str, root: Path = ROOT
) -> Iterator[Finding]:
    """All findings. A check that AWS refuses, or that cannot reach it, is itself a finding."""
    checks: dict[str, Check] = {
        "SAM": lambda: sam_configuration(root),
        "permissions": lambda: permissions.deployment_permissions(
            session, deployment, caller
        ),
        "training quotas": lambda: quotas.training(session, deployment),
        "batch quota": lambda: quotas.batches(session, deployment),
        "serverless quota": lambda: quotas.serverless(session, deployment),
        "Lambda concurrency": lambda: quotas.functions(session),
        "images": lambda: images.images(session, deployment),
        "base model": lambda: hub.base_model(deployment),
        "prices": lambda: prices.training_prices(session, deployment),
    }
    for name, check in checks.items():
        try:
            yield from check()
        except (BotoCoreError, ClientError, AwsError) as error:
            yield Finding(State.UNKNOWN, f"{name}: could not be looked up ({error})")


def _overrides(parameters: Sequence[str]) -> dict[str, str]:
    overrides = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals:
            raise ValueError(f"--parameter: expected NAME=VALUE; found {parameter}")
        overrides[name] = value
    return overrides


if __name__ == "__main__":
    sys.exit(main())
