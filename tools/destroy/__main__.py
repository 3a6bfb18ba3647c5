"""`python -m tools.destroy --stack NAME [--dry-run]` removes a stack and everything that its functions made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import boto3

from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from tools.destroy.stack_resources import StackResources
from tools.destroy.teardown import Adapters, carry_out, decide

KEPT_BY_AWS = (
    "records of training jobs (SageMaker keeps them for ever, they cost nothing)",
    "log streams of training jobs in /aws/sagemaker/TrainingJobs",
    "the SAM CLI's own bucket of uploaded code (stack aws-sam-cli-managed-default)",
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.destroy", description=__doc__)
    parser.add_argument("--stack", required=True, help="name of the CloudFormation stack")
    parser.add_argument("--region", help="AWS region; the environment's by default")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be removed, and remove nothing"
    )
    arguments = parser.parse_args(argv)
    adapters = connect(boto3.Session(region_name=arguments.region), arguments.stack)
    plan = decide(arguments.stack, adapters)
    if arguments.dry_run:
        print(
            "\n".join(f"would remove {line}" for line in plan.lines())
            or "There is nothing to remove."
        )
        return 0
    left = carry_out(plan, adapters)
    left += carry_out(decide(arguments.stack, adapters), adapters)
    print(
        "\n".join(f"LEFT: {line}" for line in left)
        or f"Nothing of {arguments.stack} is left that can be removed."
    )
    print("Left by AWS: " + "; ".join(KEPT_BY_AWS) + ".")
    return 1 if left else 0


def connect(session: boto3.Session, stack: str) -> Adapters:
    s3, dynamodb = session.client("s3"), session.resource("dynamodb")
    return Adapters(
        resources=StackResources(session),
        sagemaker=SageMaker(session.client("sagemaker")),
        storage=lambda bucket: Storage(s3, bucket),
        ledger=lambda table: Ledger(dynamodb.Table(table), stack),
    )


if __name__ == "__main__":
    sys.exit(main())
