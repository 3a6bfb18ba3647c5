from __future__ import annotations

import re

import pytest

from tests.unit.stack.template import ROOT
from tools import template
from tools.permissions import PERMISSIONS, ROLES, Permission, Resource
from tools.template import MARK

TABLE, TOPIC = Resource("table", "!GetAtt Table.Arn"), Resource("topic", "!Ref Topic")
PERMISSION = Permission(("dynamodb:GetItem",), (TABLE,))


def test_a_marked_block_is_replaced_and_the_rest_stays() -> None:
    begin = (
        f"Resources:\n  PromoteFunction:\n    Properties:\n      Policies:  {MARK}\n"
    )
    end = "      Timeout: 3\n    Other: {}\n"
    lines = [
        f"        {line}\n"
        for line in template.policies(PERMISSIONS["PromoteFunction"])
    ]
    assert template.update(
        f"{begin}        - old\n          # older\n{end}"
    ) == "".join([begin, *lines, end])


def test_a_permission_is_a_statement() -> None:
    assert list(template.policies((PERMISSION,))) == [
        '- Version: "2012-10-17"',
        "  Statement:",
        "    - Effect: Allow",
        "      Action: [dynamodb:GetItem]",
        "      Resource: !GetAtt Table.Arn",
    ]


def test_several_resources_are_a_list_and_a_condition_follows_them() -> None:
    permission = Permission(
        ("a:B", "a:C"), (TABLE, TOPIC), condition="{Bool: {a: true}}"
    )
    assert list(template.policies((permission,)))[3:] == [
        "      Action: [a:B, a:C]",
        "      Resource:",
        "        - !GetAtt Table.Arn",
        "        - !Ref Topic",
        "      Condition: {Bool: {a: true}}",
    ]


def test_a_mark_that_nothing_is_generated_for_is_refused() -> None:
    with pytest.raises(
        ValueError,
        match="expected no mark at Environment of PromoteFunction; found one",
    ):
        template.update(
            f"Resources:\n  PromoteFunction:\n    Properties:\n      Environment:  {MARK}\n"
        )


def test_every_function_has_a_generated_role() -> None:
    text = (ROOT / "template.yaml").read_text()
    marked = re.findall(f"^      Policies:  {MARK}$", text, re.MULTILINE)
    assert len(marked) == len(PERMISSIONS) + len(ROLES)
