"""The settings of a deployed stack, so that a check on this machine reads a drop as the stack will."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from cli.targets import Target
from contracts.environment import FunctionVariable
from functions.common.settings import Settings

_BEGINNING_OF_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def stack_settings(target: Target) -> Settings | None:
    """By the stack's parameters; None where only the API can be reached."""
    if not target.stack:
        return None
    described = target.aws("cloudformation").describe_stacks(StackName=target.stack)
    values = {
        item["ParameterKey"]: item.get("ParameterValue", "")
        for item in described["Stacks"][0].get("Parameters", ())
    }
    return settings_of(values, target)


def settings_of(parameters: Mapping[str, str], target: Target) -> Settings:
    """Each parameter is called as its variable: `BaseModel` is `BASE_MODEL`. Nothing on this machine is waited for."""
    variables = {variable_name(name): value for name, value in parameters.items()}
    variables |= {
        FunctionVariable.STACK: target.stack,
        FunctionVariable.DATA_BUCKET: target.bucket,
        FunctionVariable.LEDGER_TABLE: target.outputs.get("LedgerTable", "unknown"),
        "AWS_REGION": target.region,
    }
    return replace(Settings.from_environment(variables), settle_seconds=0)


def variable_name(parameter: str) -> str:
    return _BEGINNING_OF_WORD.sub("_", parameter).upper()
