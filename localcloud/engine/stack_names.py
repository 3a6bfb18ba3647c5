"""Names that an account may use once in a region: a stack that asks for one of another stack is refused, as on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from localcloud.engine.common.patching import replace, symbol

UNIQUE_NAMES: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("TableName",),
    "AWS::Events::Rule": ("EventBusName", "Name"),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SNS::Topic": ("TopicName",),
    "AWS::Scheduler::Schedule": ("GroupName", "Name"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName",),
}
"""For each type of resource, the properties that together are unique; the last one is the name."""
_PARAMETERS = "resource_type logical_id props stack_name"


def unique_name(
    resource_type: str, properties: dict[str, Any]
) -> tuple[Any, ...] | None:
    """What no other stack may have too; None where the template leaves the name to CloudFormation."""
    fields = UNIQUE_NAMES.get(resource_type)
    if not fields or not properties.get(fields[-1]):
        return None
    return tuple(properties.get(field) for field in fields)


def _refuse_taken_names(original: Any) -> Any:
    def provision(
        resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str
    ) -> Any:
        name = unique_name(resource_type, props)
        if name and name in _names_of_others(resource_type, stack_name):
            raise ValueError(
                f"{name[-1]} already exists (Service: {resource_type}, 409 Conflict)"
            )
        return original(resource_type, logical_id, props, stack_name)

    return provision


def _names_of_others(
    resource_type: str, stack_name: str
) -> Iterator[tuple[Any, ...] | None]:
    for other_name, stack in cloudformation._stacks.items():
        if other_name == stack_name:
            continue
        for record in stack.get("_resources", {}).values():
            if record["ResourceType"] == resource_type:
                yield unique_name(resource_type, record["Properties"])


def apply() -> None:
    symbol(cloudformation, "_stacks")
    replace(stacks, "_provision_resource", _PARAMETERS, _refuse_taken_names)
