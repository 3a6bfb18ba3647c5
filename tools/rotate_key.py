"""`python -m tools.rotate_key --stack NAME --key read` replaces one of a stack's API keys and prints the new one.

The stack is updated with its own template, and the parameter that versions the key one higher: CloudFormation makes the
new key and deletes the old one. The exit code is 1 where the update failed, and 2 where nothing was changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from tools.aws_account import EXPECTED, add_account_arguments, sign_in

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient

FAILED, REFUSED = 1, 2
KEYS = ("predict", "read", "manage")
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class NoSuchKeyError(RuntimeError):
    """The stack has no such key: it is another stack, or one of an earlier release."""


@dataclass(frozen=True)
class Rotation:
    """A parameter's next value, beside the names of the parameters that stay."""

    parameter: str
    version: int
    others: tuple[str, ...]

    def parameters(self) -> list[dict[str, Any]]:
        """As UpdateStack takes them."""
        kept = [
            {"ParameterKey": name, "UsePreviousValue": True} for name in self.others
        ]
        changed = {
            "ParameterKey": self.parameter,
            "ParameterValue": str(self.version),
        }
        return [*kept, changed]


@dataclass(frozen=True)
class ApiKey:
    key_id: str
    value: str


def plan_rotation(values: Mapping[str, str], key: str) -> Rotation:
    """`values` are the stack's parameters. Raises `NoSuchKeyError`."""
    name = f"{key.capitalize()}KeyVersion"
    if name not in values:
        raise NoSuchKeyError(
            f"expected a stack with the parameter {name}; found none. Deploy this release of Traindrop first."
        )
    others = tuple(sorted(set(values) - {name}))
    return Rotation(name, int(values[name]) + 1, others)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        session, caller = sign_in(arguments)
        cloudformation = session.client("cloudformation")
        rotation = plan_for_stack(cloudformation, arguments.stack, arguments.key)
    except NoSuchKeyError as error:
        return refuse(str(error), REFUSED)
    except (BotoCoreError, ClientError) as error:
        return refuse(f"{error}\nrotate_key: {EXPECTED}", REFUSED)
    print(f"Account {caller.account}, region {caller.region}, as {caller.arn}")
    try:
        gateway = session.client("apigateway")
        key = replace_key(cloudformation, gateway, arguments.stack, rotation)
    except (BotoCoreError, ClientError, WaiterError) as error:
        return refuse(str(error), FAILED)
    print(f"The {arguments.key} key is {key.value} (id {key.key_id}).")
    print(advice(rotation))
    return 0


def advice(rotation: Rotation) -> str:
    """What to know after a key was replaced."""
    return (
        f"The one before it no longer opens the API. If samconfig.toml sets {rotation.parameter}, "
        f"set it to {rotation.version} there."
    )


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m tools.rotate_key", description=__doc__
    )
    top.add_argument("--stack", required=True, help="name of the CloudFormation stack")
    top.add_argument("--key", required=True, choices=KEYS, help="which key to replace")
    add_account_arguments(top)
    return top


def describe(client: CloudFormationClient, stack: str) -> Mapping[str, Any]:
    """The stack as DescribeStacks has it. Raises botocore's `ClientError` where there is none."""
    return client.describe_stacks(StackName=stack)["Stacks"][0]


def _values(stack: Mapping[str, Any], kind: str) -> dict[str, str]:
    """`kind` is Parameter or Output."""
    return {
        item[f"{kind}Key"]: item[f"{kind}Value"] for item in stack.get(f"{kind}s", ())
    }


def update(client: CloudFormationClient, stack: str, rotation: Rotation) -> None:
    """Returns when the update is complete. Raises botocore's `WaiterError` where it failed."""
    client.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Parameters=rotation.parameters(),  # type: ignore[arg-type]
        Capabilities=CAPABILITIES,  # type: ignore[arg-type]
    )
    client.get_waiter("stack_update_complete").wait(StackName=stack)


def plan_for_stack(client: CloudFormationClient, stack: str, key: str) -> Rotation:
    """`key` is one of `KEYS`. Raises `NoSuchKeyError`, or botocore's `ClientError` where there is no such stack."""
    return plan_rotation(_values(describe(client, stack), "Parameter"), key)


def replace_key(
    client: CloudFormationClient,
    gateway: APIGatewayClient,
    stack: str,
    rotation: Rotation,
) -> ApiKey:
    """The new key, once the stack has it. Raises botocore's errors where the update failed."""
    update(client, stack, rotation)
    outputs = _values(describe(client, stack), "Output")
    key_id = outputs[f"{rotation.parameter.removesuffix('KeyVersion')}KeyId"]
    described = gateway.get_api_key(apiKey=key_id, includeValue=True)
    return ApiKey(key_id, described["value"])


def refuse(reason: str, code: int) -> int:
    print(f"rotate_key: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
