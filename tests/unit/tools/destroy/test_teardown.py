from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from functions.common.tags import as_list, tags
from tests.unit.functions.fakes import STACK, MemorySageMaker, MemoryStorage
from tools.destroy.stack_resources import Stack, StackResources
from tools.destroy.teardown import Adapters, Plan, RefusedStackError, carry_out, decide

OUTPUTS = {"DataBucket": "data", "StateMachineArn": "arn:machine"}


class MemoryResources(StackResources):
    """A stack in memory; `stuck` is what cannot be removed."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.stack: Stack | None = Stack("Traindrop: drop a dataset", False, outputs)
        self.buckets = {"data"}
        self.executions = ["arn:execution:e1"]
        self.groups = [
            "/aws/lambda/traindrop-functions",
            "/aws/lambda/traindrop-dev-functions",
            "/aws/vendedlogs/states/traindrop",
            "/aws/sagemaker/Endpoints/traindrop--reviews",
            "/aws/sagemaker/Endpoints/traindrop--gone",
            "/aws/sagemaker/Endpoints/traindrop-dev--reviews",
        ]
        self.watching = ["traindrop--reviews-errors", "traindrop-dev--reviews-errors"]
        self.stuck: set[str] = set()
        self.done: list[str] = []

    def find_stack(self, name: str) -> Stack | None:
        return self.stack

    def version_count(self, bucket: str) -> int:
        return 3

    def delete_stack(self, stack: str) -> None:
        self._do("stack")
        self.stack = None

    def running_executions(self, state_machine: str) -> list[str]:
        return self.executions

    def stop_execution(self, execution: str) -> None:
        self._do("execution")

    def alarms(self, prefix: str) -> list[str]:
        return [name for name in self.watching if name.startswith(prefix)]

    def delete_alarms(self, names: Sequence[str]) -> None:
        self._do("alarms")
        self.watching = [name for name in self.watching if name not in names]

    def log_groups(self, prefix: str) -> list[str]:
        return [group for group in self.groups if group.startswith(prefix)]

    def delete_log_group(self, group: str) -> None:
        self._do(group)
        self.groups.remove(group)

    def bucket_exists(self, bucket: str) -> bool:
        return bucket in self.buckets

    def delete_bucket(self, bucket: str) -> None:
        self._do("bucket")
        self.buckets.discard(bucket)

    def _do(self, what: str) -> None:
        if what in self.stuck:
            raise RefusedError(what)
        self.done.append(what)


class RefusedError(BotoCoreError):
    fmt = "denied"

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


class EmptyingStorage(MemoryStorage):
    def __init__(self, resources: MemoryResources) -> None:
        super().__init__()
        self.resources = resources

    def delete_prefix(self, prefix: str, kept: Container[str] = ()) -> int:
        self.resources.done.append("contents")
        return 0


@pytest.fixture
def sagemaker() -> MemorySageMaker:
    return MemorySageMaker()


@pytest.fixture
def resources() -> MemoryResources:
    return MemoryResources(dict(OUTPUTS))


@pytest.fixture
def adapters(resources: MemoryResources, sagemaker: MemorySageMaker) -> Adapters:
    own: dict[str, Any] = {"Tags": as_list(tags(STACK, "reviews", "r"))}
    foreign: dict[str, Any] = {"Tags": as_list(tags("traindrop-dev", "reviews", "r"))}
    sagemaker.add_endpoint("traindrop--reviews", "traindrop--r", **own)
    sagemaker.add_endpoint("traindrop-dev--reviews", "traindrop-dev--r", **foreign)
    sagemaker.configs = {"traindrop--r": own, "traindrop-dev--r": foreign}
    sagemaker.models = {"traindrop--r": own, "traindrop-dev--r": foreign}
    sagemaker.add_job("traindrop--r")
    sagemaker.transforms = {
        "traindrop--batch-r-1": {"TransformJobStatus": "InProgress"}
    }
    return Adapters(resources, sagemaker, lambda _: EmptyingStorage(resources))


def test_the_plan_names_everything_of_this_stack_and_nothing_else(
    adapters: Adapters,
) -> None:
    assert list(decide(STACK, adapters).lines()) == [
        "running execution e1",
        "running training job traindrop--r",
        "running transform job traindrop--batch-r-1",
        "endpoint traindrop--reviews",
        "endpoint-config traindrop--r",
        "model traindrop--r",
        "stack traindrop",
        "bucket data and everything in it",
        "alarm traindrop--reviews-errors",
        "log group /aws/lambda/traindrop-functions",
        "log group /aws/vendedlogs/states/traindrop",
        "log group /aws/sagemaker/Endpoints/traindrop--reviews",
        "log group /aws/sagemaker/Endpoints/traindrop--gone",
    ]


def test_deciding_changes_nothing(
    adapters: Adapters, resources: MemoryResources, sagemaker: MemorySageMaker
) -> None:
    decide(STACK, adapters)
    assert (resources.done, sagemaker.calls) == ([], [])


def test_everything_in_the_plan_is_removed(
    adapters: Adapters, resources: MemoryResources, sagemaker: MemorySageMaker
) -> None:
    text: list[str] = []
    plan = decide(STACK, adapters)
    assert carry_out(plan, adapters, text.append) == []
    assert resources.done[:5] == [
        "execution",
        "contents",
        "stack",
        "contents",
        "bucket",
    ]
    assert text[0] == "removed running execution e1"
    assert sagemaker.jobs["traindrop--r"]["TrainingJobStatus"] == "Stopping"
    (transform,) = sagemaker.transforms.values()
    assert transform["TransformJobStatus"] == "Stopping"
    assert (set(sagemaker.configs), resources.buckets) == ({"traindrop-dev--r"}, set())
    assert resources.groups == [
        "/aws/lambda/traindrop-dev-functions",
        "/aws/sagemaker/Endpoints/traindrop-dev--reviews",
    ]


def test_what_cannot_be_removed_is_named_and_the_rest_goes(
    adapters: Adapters, resources: MemoryResources
) -> None:
    resources.stuck = {"stack"}
    assert carry_out(decide(STACK, adapters), adapters, lambda _: None) == [
        "stack traindrop: denied"
    ]
    assert "bucket" in resources.done


def test_without_a_stack_what_carries_its_tags_is_still_found(
    adapters: Adapters, resources: MemoryResources
) -> None:
    resources.stack = None
    plan = decide(STACK, adapters)
    assert (plan.stack_exists, plan.bucket, plan.executions) == (False, None, ())
    assert [item.name for item in plan.owned] == [
        "traindrop--reviews",
        "traindrop--r",
        "traindrop--r",
    ]


def test_an_empty_plan_has_no_lines() -> None:
    assert list(Plan("s", (), (), (), (), False, None, ()).lines()) == []


def test_counts_say_how_much_goes(adapters: Adapters) -> None:
    assert list(decide(STACK, adapters).counts()) == [
        "1 running execution",
        "1 running training job",
        "1 running transform job",
        "1 endpoint",
        "1 endpoint-config",
        "1 model",
        "1 alarm",
        "4 log groups",
        "the bucket data with 3 versions of objects",
        "the stack itself, with its ledger, functions and API",
    ]


def test_a_stack_of_another_template_is_refused(
    adapters: Adapters, resources: MemoryResources
) -> None:
    resources.stack = Stack("The payroll", False, {})
    with pytest.raises(
        RefusedStackError, match="found 'traindrop', described as 'The payroll'"
    ):
        decide(STACK, adapters)


@pytest.mark.parametrize("description", ["", "Traindrop: drop a dataset"])
def test_a_stack_is_known_by_its_description_or_its_outputs(
    adapters: Adapters, resources: MemoryResources, description: str
) -> None:
    outputs = {} if description else {**OUTPUTS, "LedgerTable": "table"}
    resources.stack = Stack(description, False, outputs)
    assert decide(STACK, adapters).stack_exists


def test_a_protected_stack_is_refused_before_anything_goes(
    adapters: Adapters, resources: MemoryResources
) -> None:
    resources.stack = Stack("Traindrop: drop a dataset", True, OUTPUTS)
    with pytest.raises(
        RefusedStackError, match="--no-enable-termination-protection --stack-name"
    ):
        decide(STACK, adapters)
    assert resources.done == []
