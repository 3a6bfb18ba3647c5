"""The SAM template as plain data, intrinsic functions kept as `{"Fn::Sub": …}`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    build = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: loader.construct_sequence,
        yaml.MappingNode: loader.construct_mapping,
    }[type(node)]
    value = build(node) if isinstance(node, yaml.ScalarNode) else build(node, deep=True)  # type: ignore[operator]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def parse(text: str) -> Any:
    """YAML of a template, intrinsic functions included."""
    return yaml.load(text, Loader=_Loader)


def load() -> dict[str, Any]:
    """`template.yaml`, parsed."""
    template = parse((ROOT / "template.yaml").read_text())
    assert isinstance(template, dict)
    return template


def ledger_table() -> dict[str, Any]:
    """What `create_table` needs to make a table of the ledger's shape."""
    properties = load()["Resources"]["LedgerTable"]["Properties"]
    return {
        name: properties[name]
        for name in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    }


def functions() -> dict[str, dict[str, Any]]:
    """Logical id -> properties of every Lambda function."""
    resources = load()["Resources"].items()
    return {name: item["Properties"] for name, item in resources if item["Type"] == "AWS::Serverless::Function"}


def actions(properties: dict[str, Any]) -> set[str]:
    """The IAM actions that a function's role allows."""
    statements = [statement for policy in properties["Policies"] for statement in policy["Statement"]]
    return {action for statement in statements for action in statement["Action"]}
