"""Removes a stack and everything that its functions made.

Decide, then do: `decide` only reads and gives a plan, `carry_out` does what it says and names what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import EndpointBusyError, SageMaker
from functions.adapters.storage import Storage
from functions.common.names import resource_name
from functions.common.tags import Owned, tags
from tools.destroy.stack_resources import Estate

ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"


@dataclass(frozen=True)
class Plan:
    """What there is to remove, in the order in which it is removed."""

    stack: str
    executions: tuple[str, ...]
    jobs: tuple[str, ...]
    owned: tuple[Owned, ...]
    stack_exists: bool
    bucket: str | None
    log_groups: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        yield from (f"running execution {arn.rpartition(':')[2]}" for arn in self.executions)
        yield from (f"running training job {job}" for job in self.jobs)
        yield from (f"{item.kind} {item.name}" for item in self.owned)
        yield from ([f"stack {self.stack}"] if self.stack_exists else [])
        yield from ([f"bucket {self.bucket} and everything in it"] if self.bucket else [])
        yield from (f"log group {group}" for group in self.log_groups)


@dataclass(frozen=True)
class World:
    """The adapters that teardown needs; `storage` takes a bucket's name, `ledger` a table's."""

    estate: Estate
    sagemaker: SageMaker
    storage: Callable[[str], Storage]
    ledger: Callable[[str], Ledger]


def decide(stack: str, world: World) -> Plan:
    """Reads what carries this stack's tags or stands in its outputs and its ledger."""
    outputs = world.estate.outputs(stack)
    known, prefix, owner = outputs or {}, f"{stack}-", tags(stack)
    machine, bucket, table = (known.get(name) for name in ("StateMachineArn", "DataBucket", "LedgerTable"))
    owned = [
        item for kind in ("endpoint", "endpoint-config", "model") for item in world.sagemaker.owned(kind, prefix, owner)
    ]
    return Plan(
        stack=stack,
        executions=tuple(world.estate.running_executions(machine)) if machine else (),
        jobs=tuple(world.sagemaker.jobs_in_progress(prefix, owner)),
        owned=tuple(owned),
        stack_exists=outputs is not None,
        bucket=bucket if bucket and world.estate.bucket_exists(bucket) else None,
        log_groups=tuple(_log_groups(stack, _endpoints(stack, owned, world.ledger(table) if table else None), world)),
    )


def _endpoints(stack: str, owned: Sequence[Owned], ledger: Ledger | None) -> set[str]:
    """Every endpoint this stack has or had: log groups carry no tags, and other stacks' names may begin alike."""
    remembered = {resource_name(stack, model.model) for model in ledger.models()} if ledger else set()
    return remembered | {item.name for item in owned if item.kind == "endpoint"}


def _log_groups(stack: str, endpoints: set[str], world: World) -> list[str]:
    own = {f"/aws/lambda/{stack}-functions", f"/aws/vendedlogs/states/{stack}"} | {ENDPOINT_LOGS + e for e in endpoints}
    prefixes = (f"/aws/lambda/{stack}", f"/aws/vendedlogs/states/{stack}", f"{ENDPOINT_LOGS}{stack}-")
    return [group for prefix in prefixes for group in world.estate.log_groups(prefix) if group in own]


def carry_out(plan: Plan, world: World, say: Callable[[str], None] = print) -> list[str]:
    """Removes everything in the plan and returns what could not be removed, as `<what>: <why>`."""
    left: list[str] = []
    for what, action in _actions(plan, world):
        try:
            action()
        except (BotoCoreError, ClientError, EndpointBusyError) as error:
            left.append(f"{what}: {error}")
        else:
            say(f"removed {what}")
    return left


def _actions(plan: Plan, world: World) -> Iterator[tuple[str, Callable[[], object]]]:
    for arn in plan.executions:
        yield f"running execution {arn.rpartition(':')[2]}", partial(world.estate.stop_execution, arn)
    for job in plan.jobs:
        yield f"running training job {job}", partial(world.sagemaker.stop_job, job)
    for item in plan.owned:
        yield f"{item.kind} {item.name}", _removal(item, world)
    if plan.bucket:
        yield f"everything in the bucket {plan.bucket}", partial(world.storage(plan.bucket).delete_prefix, "")
    if plan.stack_exists:
        yield f"stack {plan.stack}", partial(world.estate.delete_stack, plan.stack)
    if plan.bucket:
        yield f"bucket {plan.bucket}", partial(_remove_bucket, plan.bucket, world)
    for group in plan.log_groups:
        yield f"log group {group}", partial(world.estate.delete_log_group, group)


def _removal(item: Owned, world: World) -> Callable[[], object]:
    """An endpoint is waited for: while it is being deleted it still needs its config, and may still bill."""
    if item.kind == "endpoint":
        return partial(world.sagemaker.remove_endpoint, item.name)
    return partial(world.sagemaker.delete, item.kind, item.name)


def _remove_bucket(bucket: str, world: World) -> None:
    """The stack keeps its bucket; what its functions wrote until they were gone goes with it."""
    if world.estate.bucket_exists(bucket):
        world.storage(bucket).delete_prefix("")
        world.estate.delete_bucket(bucket)
