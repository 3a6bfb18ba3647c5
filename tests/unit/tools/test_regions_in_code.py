"""What runs on AWS, or asks it, takes partition, domain and region from where it runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.source_modules import ROOT, Module, docstring_lines, read_modules

ROOMS = (
    "functions",
    "contracts",
    "tasks",
    "deployment_modes",
    "training",
    "inference",
    "tools",
)
TABLES = {
    "deployment_modes.serverless",
    "functions.adapters.price_list",
    "functions.costs.price_table",
}
"""Modules that are tables of regions, with their sources."""
REGION = re.compile(
    r"\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-isob?)?-(north|south|east|west|central)[a-z]*-\d\b"
)
SERVICE = "sagemaker.amazonaws.com"
"""The service as one that takes a role: the same in every partition."""
MODULES = read_modules(ROOT, ROOMS)


def literals(module: Module) -> Iterator[str]:
    """Texts of the code, docstrings aside, that name a partition, a domain or a region of AWS."""
    documentation = docstring_lines(module.nodes)
    for node in module.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node.lineno in documentation:
            continue
        text = node.value.replace(SERVICE, "")
        if "arn:aws" in text or "amazonaws.com" in text or REGION.search(text):
            yield f"{module.path}:{node.lineno}: {text}"


def test_no_partition_domain_or_region_is_written_out() -> None:
    literal_texts = [
        text for name in MODULES.keys() - TABLES for text in literals(MODULES[name])
    ]
    assert literal_texts == []


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::b",
        "sqs.us-east-1.amazonaws.com",
        "us-gov-west-1",
        "ap-southeast-2",
    ],
)
def test_each_kind_would_be_found(text: str) -> None:
    module = Module("x", Path("x.py"), f'X = "{text}"\n')
    assert list(literals(module)) == [f"x.py:1: {text}"]
