"""Removes a stack and everything that its functions made.

Decide, then do: `decide` only reads and gives a plan, `carry_out` does what it says and names what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.errors import AwsError
from functions.adapters.sagemaker import EndpointBusyError, SageMaker
from functions.adapters.storage import Storage
from functions.common.names import stack_prefix
from functions.common.tags import Kind, TaggedResource, tags
from tools.destroy.stack_resources import Stack, StackResources

ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
KINDS: tuple[Kind, ...] = ("endpoint", "endpoint-config", "model")
DESCRIPTION = "Traindrop:"
"""How the description in `template.yaml` begins."""
OUTPUTS = frozenset({"DataBucket", "LedgerTable", "StateMachineArn"})
"""Outputs that the template's stacks have once they are created; the local cloud keeps no description."""


MACHINES = ("StateMachineArn", "BatchMachineArn")
"""Outputs with the ARNs of state machines; earlier versions had the first alone."""


class RefusedStackError(ValueError):
    """There is nothing of that name, or it must not be removed."""


@dataclass(frozen=True)
class Plan:
    """What there is to remove, in the order in which it is removed."""

    stack: str
    executions: tuple[str, ...]
    jobs: tuple[str, ...]
    transforms: tuple[str, ...]
    """Transform jobs of batches that run."""
    owned: tuple[TaggedResource, ...]
    stack_exists: bool
    bucket: str | None
    log_groups: tuple[str, ...]
    bucket_versions: int = 0
    alarms: tuple[str, ...] = ()
    """Those that watch a release while requests go over to it."""

    @property
    def is_empty(self) -> bool:
        return not any(self.lines())

    def counts(self) -> Iterator[str]:
        """What there is, in numbers, for a person who decides whether it may go."""
        numbers = {
            "running execution": len(self.executions),
            "running training job": len(self.jobs),
            "running transform job": len(self.transforms),
        }
        for kind in KINDS:
            numbers[kind] = sum(item.kind == kind for item in self.owned)
        numbers["alarm"] = len(self.alarms)
        numbers["log group"] = len(self.log_groups)
        yield from (
            f"{number} {noun}{'' if number == 1 else 's'}"
            for noun, number in numbers.items()
        )
        if self.bucket:
            noun = (
                "version of an object"
                if self.bucket_versions == 1
                else "versions of objects"
            )
            yield f"the bucket {self.bucket} with {self.bucket_versions} {noun}"
        if self.stack_exists:
            yield "the stack itself, with its ledger, functions and API"

    def lines(self) -> Iterator[str]:
        for arn in self.executions:
            yield f"running execution {_execution_name(arn)}"
        for job in self.jobs:
            yield f"running training job {job}"
        for job in self.transforms:
            yield f"running transform job {job}"
        for item in self.owned:
            yield f"{item.kind} {item.name}"
        if self.stack_exists:
            yield f"stack {self.stack}"
        if self.bucket:
            yield f"bucket {self.bucket} and everything in it"
        for alarm in self.alarms:
            yield f"alarm {alarm}"
        for group in self.log_groups:
            yield f"log group {group}"


@dataclass(frozen=True)
class Adapters:
    """What teardown reaches AWS through; `storage` takes a bucket's name."""

    resources: StackResources
    sagemaker: SageMaker
    storage: Callable[[str], Storage]


def decide(stack: str, adapters: Adapters) -> Plan:
    """Reads what carries this stack's tags, and what its outputs name.

    Raises `RefusedStackError` for a stack that is not Traindrop's, or is protected.
    """
    deployed = adapters.resources.find_stack(stack)
    if deployed:
        _check_may_be_removed(stack, deployed)
    names = deployed.outputs if deployed else {}
    bucket = names.get("DataBucket")
    prefix, owner = stack_prefix(stack), tags(stack)
    owned: list[TaggedResource] = []
    for kind in KINDS:
        owned += adapters.sagemaker.owned(kind, prefix, owner)
    existing = bucket if bucket and adapters.resources.bucket_exists(bucket) else None
    return Plan(
        stack=stack,
        executions=tuple(_executions(names, adapters.resources)),
        jobs=tuple(adapters.sagemaker.jobs_in_progress(prefix, owner)),
        transforms=tuple(adapters.sagemaker.transforms_in_progress(prefix, owner)),
        owned=tuple(owned),
        stack_exists=deployed is not None,
        bucket=existing,
        log_groups=tuple(_log_groups(stack, adapters.resources)),
        bucket_versions=adapters.resources.version_count(existing) if existing else 0,
        alarms=tuple(adapters.resources.alarms(prefix)),
    )


def _executions(outputs: Mapping[str, str], resources: StackResources) -> Iterator[str]:
    for name in MACHINES:
        if name in outputs:
            yield from resources.running_executions(outputs[name])


def _check_may_be_removed(name: str, stack: Stack) -> None:
    if (
        not stack.description.startswith(DESCRIPTION)
        and not stack.outputs.keys() >= OUTPUTS
    ):
        raise RefusedStackError(
            f"expected a stack of Traindrop's template; found {name!r}, described as {stack.description!r}. "
            "Name another stack."
        )
    if stack.is_protected:
        raise RefusedStackError(
            f"expected a stack that may be deleted; found {name!r} with termination protection. Take that off: "
            f"aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {name}"
        )


def _log_groups(stack: str, resources: StackResources) -> Iterator[str]:
    """The log groups of the functions, of the workflow and of every endpoint the stack has or had."""
    for name in (f"/aws/lambda/{stack}-functions", f"/aws/vendedlogs/states/{stack}"):
        yield from (group for group in resources.log_groups(name) if group == name)
    yield from resources.log_groups(f"{ENDPOINT_LOGS}{stack_prefix(stack)}")


def carry_out(
    plan: Plan, adapters: Adapters, say: Callable[[str], None] = print
) -> list[str]:
    """Removes everything in the plan and returns what could not be removed, as `<what>: <why>`."""
    left: list[str] = []
    for what, action in _actions(plan, adapters):
        try:
            action()
        except (AwsError, BotoCoreError, ClientError, EndpointBusyError) as error:
            left.append(f"{what}: {error}")
        else:
            say(f"removed {what}")
    return left


def _actions(
    plan: Plan, adapters: Adapters
) -> Iterator[tuple[str, Callable[[], object]]]:
    for arn in plan.executions:
        yield (
            f"running execution {_execution_name(arn)}",
            partial(adapters.resources.stop_execution, arn),
        )
    for job in plan.jobs:
        yield f"running training job {job}", partial(adapters.sagemaker.stop_job, job)
    for job in plan.transforms:
        stop = partial(adapters.sagemaker.stop_transform, job)
        yield f"running transform job {job}", stop
    for item in plan.owned:
        yield f"{item.kind} {item.name}", _removal(item, adapters)
    if plan.bucket:
        yield (
            f"everything in the bucket {plan.bucket}",
            partial(adapters.storage(plan.bucket).delete_prefix, ""),
        )
    if plan.stack_exists:
        yield (
            f"stack {plan.stack}",
            partial(adapters.resources.delete_stack, plan.stack),
        )
    if plan.bucket:
        yield f"bucket {plan.bucket}", partial(_remove_bucket, plan.bucket, adapters)
    if plan.alarms:
        yield "alarms", partial(adapters.resources.delete_alarms, plan.alarms)
    for group in plan.log_groups:
        yield f"log group {group}", partial(adapters.resources.delete_log_group, group)


def _removal(item: TaggedResource, adapters: Adapters) -> Callable[[], object]:
    """An endpoint is waited for: while it is being deleted it still needs its config, and may still bill."""
    if item.kind == "endpoint":
        return partial(adapters.sagemaker.remove_endpoint, item.name)
    return partial(adapters.sagemaker.delete_owned, item)


def _remove_bucket(bucket: str, adapters: Adapters) -> None:
    """A bucket that could not be deleted with its stack: functions wrote to it until they were gone."""
    if adapters.resources.bucket_exists(bucket):
        adapters.storage(bucket).delete_prefix("")
        adapters.resources.delete_bucket(bucket)


def _execution_name(arn: str) -> str:
    return arn.rpartition(":")[2]
