"""`python -m tools.destroy --stack NAME` removes a stack and everything that its functions made.

It says which account and region it is about and what will go, and asks for the stack's name, unless `--yes` says so.
The exit code is 1 where something is left, and 2 where nothing was touched: no credentials, no such stack, no consent.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.errors import AwsError
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from tools.aws_account import (
    EXPECTED,
    Caller,
    add_account_arguments,
    is_typed,
    sign_in,
)
from tools.destroy.stack_resources import StackResources
from tools.destroy.teardown import Adapters, Plan, RefusedStackError, carry_out, decide

LEFT, REFUSED = 1, 2
KEPT_BY_AWS = (
    "records of training and transform jobs (SageMaker keeps them for ever, they cost nothing)",
    "log streams of these jobs in /aws/sagemaker/TrainingJobs and /aws/sagemaker/TransformJobs",
    "the SAM CLI's own bucket of uploaded code (stack aws-sam-cli-managed-default)",
)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        session, caller = sign_in(arguments)
    except (BotoCoreError, ClientError) as error:
        return refuse(f"{error}\ndestroy: {EXPECTED}")
    adapters = connect(session)
    try:
        plan = decide(arguments.stack, adapters)
    except (AwsError, BotoCoreError, ClientError, RefusedStackError) as error:
        return refuse(str(error))
    print(f"Account {caller.account}, region {caller.region}, as {caller.arn}")
    if plan.is_empty:
        return refuse(missing(arguments.stack, caller))
    print("\n".join(summary(plan)), flush=True)
    if arguments.dry_run:
        print("\n".join(f"would remove {line}" for line in plan.lines()))
        return 0
    objection = "" if arguments.yes else ask_for_consent(arguments.stack)
    return refuse(objection) if objection else remove(plan, adapters)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tools.destroy", description=__doc__)
    top.add_argument("--stack", required=True, help="name of the CloudFormation stack")
    add_account_arguments(top)
    top.add_argument("--yes", action="store_true", help="remove without asking")
    top.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would be removed, and remove nothing",
    )
    return top


def connect(session: boto3.Session) -> Adapters:
    s3 = session.client("s3")
    return Adapters(
        resources=StackResources(session),
        sagemaker=SageMaker(session.client("sagemaker")),
        storage=lambda bucket: Storage(s3, bucket),
    )


def summary(plan: Plan) -> list[str]:
    state = "" if plan.stack_exists else ", which does not exist any more"
    return [f"Of stack {plan.stack}{state}:", *(f"  {line}" for line in plan.counts())]


def missing(stack: str, caller: Caller) -> str:
    return (
        f"expected a stack {stack!r}, or something that carries its tag, in account {caller.account}, region "
        f"{caller.region}; found none. Check STACK= and REGION=."
    )


def ask_for_consent(stack: str) -> str:
    """Why nothing may be removed; empty where the user agrees."""
    if not sys.stdin.isatty():
        return "expected a terminal to ask on, or --yes (make destroy YES=1); found neither. Nothing was removed."
    if not is_confirmed(stack):
        return "expected the stack's name; found another answer. Nothing was removed."
    return ""


def is_confirmed(stack: str, ask: Callable[[str], str] = input) -> bool:
    """Whether the user types the stack's name."""
    return is_typed(stack, f"This cannot be undone. Type {stack} to remove it: ", ask)


def remove(plan: Plan, adapters: Adapters) -> int:
    """Carries the plan out, and once more for what the stack's functions made until they were gone."""
    left = carry_out(plan, adapters)
    left += carry_out(decide(plan.stack, adapters), adapters)
    print(
        "\n".join(f"LEFT: {line}" for line in left)
        or f"Nothing of {plan.stack} is left that can be removed."
    )
    print("Left by AWS: " + "; ".join(KEPT_BY_AWS) + ".")
    return LEFT if left else 0


def refuse(reason: str) -> int:
    print(f"destroy: {reason}", file=sys.stderr)
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
