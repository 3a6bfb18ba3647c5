"""The generated blocks of `template.yaml`: roles of functions, what the workflow calls, what API Gateway answers.

A block is a key whose line ends with `MARK`, with the more deeply indented lines below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools import gateway_responses, statemachine
from tools.permissions import PERMISSIONS, ROLES, Permission

MARK = "# make generate writes this"
_PSEUDO_PARAMETERS = {"Partition": "AWS::Partition"}
"""Names of the state machine that CloudFormation itself has a value for."""
_LOGICAL_ID = re.compile(r"^  (\w+):\n", re.MULTILINE)
_BLOCK = re.compile(
    rf"^(?P<indent> +)(?P<key>\w+):  {MARK}\n(?:(?P=indent) .*\n)*", re.MULTILINE
)


def update(template: str) -> str:
    """The template with every marked block as the code says now."""
    return _BLOCK.sub(_written_anew, template)


def _written_anew(block: re.Match[str]) -> str:
    logical_id = _LOGICAL_ID.findall(block.string, 0, block.start())[-1]
    lines = "".join(
        f"{block['indent']}  {line}\n" for line in _lines(logical_id, block["key"])
    )
    return f"{block['indent']}{block['key']}:  {MARK}\n{lines}"


def _lines(logical_id: str, key: str) -> Iterator[str]:
    """A block's lines. Raises `ValueError` for a marked key that nothing is generated for."""
    if key == "Policies" and logical_id in PERMISSIONS:
        return policies(PERMISSIONS[logical_id])
    if key == "Policies" and logical_id in ROLES:
        return role_policies(ROLES[logical_id])
    if logical_id == "Workflow" and key == "DefinitionSubstitutions":
        return definition_substitutions()
    if logical_id == "Workflow" and key == "Resource":
        return called_functions()
    if logical_id == "Api" and key == "GatewayResponses":
        return gateway_responses.lines()
    raise ValueError(
        f"template.yaml: expected no mark at {key} of {logical_id}; found one. Remove it."
    )


def policies(permissions: tuple[Permission, ...]) -> Iterator[str]:
    """The inline policy of a function's role."""
    indent = "- "
    for line in _document(permissions):
        yield indent + line
        indent = "  "


def role_policies(permissions: tuple[Permission, ...]) -> Iterator[str]:
    """The same of a role of its own, whose policies have names."""
    yield "- PolicyName: own"
    yield "  PolicyDocument:"
    for line in _document(permissions):
        yield f"    {line}"


def _document(permissions: tuple[Permission, ...]) -> Iterator[str]:
    """A policy with one statement for each permission."""
    yield 'Version: "2012-10-17"'
    yield "Statement:"
    for permission in permissions:
        yield "  - Effect: Allow"
        yield f"    Action: [{', '.join(permission.actions)}]"
        yield from (f"    {line}" for line in _resources(permission))
        if permission.condition:
            yield f"    Condition: {permission.condition}"


def _resources(permission: Permission) -> Iterator[str]:
    references = [resource.reference for resource in permission.resources]
    if len(references) == 1:
        yield f"Resource: {references[0]}"
    else:
        yield "Resource:"
        yield from (f"  - {reference}" for reference in references)


def definition_substitutions() -> Iterator[str]:
    """What stands for the `${Names}` of the state machine: a function's ARN, else the parameter of that name."""
    for name in statemachine.substitutions():
        yield f"{name}: {_substitute(name)}"


def _substitute(name: str) -> str:
    if name.endswith("Function"):
        return f"!GetAtt {name}.Arn"
    return f"!Ref {_PSEUDO_PARAMETERS.get(name, name)}"


def called_functions() -> Iterator[str]:
    """The ARN of each function that the state machine calls."""
    for name in statemachine.substitutions():
        if name.endswith("Function"):
            yield f"- !GetAtt {name}.Arn"
