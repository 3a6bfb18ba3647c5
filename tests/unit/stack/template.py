"""The SAM template as plain data, intrinsic functions kept as `{"Fn::Sub": …}`."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from tools.template_yaml import parse

ROOT = Path(__file__).parents[3]


def load() -> dict[str, Any]:
    """`template.yaml`, parsed; the caller's to change."""
    return copy.deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    template = parse((ROOT / "template.yaml").read_text())
    assert isinstance(template, dict)
    return template


def ledger_table() -> dict[str, Any]:
    """What `create_table` needs to make a table of the ledger's shape."""
    properties = load()["Resources"]["LedgerTable"]["Properties"]
    return {
        name: properties[name]
        for name in (
            "BillingMode",
            "AttributeDefinitions",
            "KeySchema",
            "GlobalSecondaryIndexes",
        )
    }


def functions() -> dict[str, dict[str, Any]]:
    """Logical id -> properties of every Lambda function."""
    resources = load()["Resources"].items()
    return {
        name: item["Properties"]
        for name, item in resources
        if item["Type"] == "AWS::Serverless::Function"
    }


def actions(properties: dict[str, Any]) -> set[str]:
    """The IAM actions that a function's role allows."""
    statements = [
        statement
        for policy in properties["Policies"]
        for statement in policy["Statement"]
    ]
    return {action for statement in statements for action in statement["Action"]}
