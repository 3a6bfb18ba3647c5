"""`python -m tools.rebuild_ledger --stack NAME` notes again what is live, where the ledger was lost or is older.

It reads what SageMaker serves, its tags, and what lies in the data bucket; it says what it found and what cannot be
recovered, and asks before it writes, unless `--yes` says so. The exit code is 1 where something is missing afterwards,
and 2 where nothing was written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.errors import AwsError
from functions.adapters.ledger_rebuild import RebuiltLedger
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from tools.aws_account import EXPECTED, add_account_arguments, is_typed, sign_in
from tools.destroy.stack_resources import StackResources
from tools.rebuild_ledger.releases import ALWAYS_LOST, Plan, Sources

MISSING, REFUSED = 1, 2
QUESTION = "Type yes to write this to the ledger: "


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        session, caller = sign_in(arguments)
    except (BotoCoreError, ClientError) as error:
        return refuse(f"{error}\nrebuild_ledger: {EXPECTED}")
    try:
        sources = connect(session, arguments.stack)
        plan = sources.decide()
    except (AwsError, BotoCoreError, ClientError, LookupError) as error:
        return refuse(str(error))
    print(f"Account {caller.account}, region {caller.region}, as {caller.arn}")
    print("\n".join(lines(plan)), flush=True)
    if arguments.dry_run or not plan.releases:
        return MISSING if plan.unclear else 0
    if not arguments.yes and not is_typed("yes", QUESTION):
        return refuse("expected yes, or --yes; found neither. Nothing was written.")
    failed = sources.carry_out(plan)
    print("\n".join(failed) or f"Noted: {len(plan.releases)}.")
    return MISSING if failed or plan.unclear else 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m tools.rebuild_ledger", description=__doc__
    )
    top.add_argument("--stack", required=True, help="name of the CloudFormation stack")
    add_account_arguments(top)
    top.add_argument("--yes", action="store_true", help="write without asking")
    top.add_argument("--dry-run", action="store_true", help="only say what was found")
    return top


def connect(session: boto3.Session, stack: str) -> Sources:
    """Raises `LookupError` where there is no such stack."""
    deployed = StackResources(session).find_stack(stack)
    outputs = deployed.outputs if deployed else {}
    if not {"DataBucket", "LedgerTable"} <= outputs.keys():
        raise LookupError(
            f"expected a stack {stack!r} of Traindrop; found none with the outputs DataBucket and LedgerTable. "
            "Check STACK= and REGION=."
        )
    table = session.resource("dynamodb").Table(outputs["LedgerTable"])
    return Sources(
        stack,
        SageMaker(session.client("sagemaker")),
        Storage(session.client("s3"), outputs["DataBucket"]),
        RebuiltLedger(table, stack),
    )


def lines(plan: Plan) -> Iterator[str]:
    """What was found, for a person who decides whether it is written."""
    for release in plan.releases:
        record = release.record
        yield f"{record.model}: {record.run} is live on {release.endpoint}"
        yield from (f"  lost: {sentence}" for sentence in release.lost)
    if plan.unchanged:
        yield f"As the ledger has them: {len(plan.unchanged)}."
    yield from (f"Not recovered: {sentence}" for sentence in plan.unclear)
    if plan.releases:
        yield f"Lost in any case: {'; '.join(ALWAYS_LOST)}."


def refuse(reason: str) -> int:
    print(f"rebuild_ledger: {reason}", file=sys.stderr)
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
