"""The real adapters on a world's fakes, and handlers that find them in the place of AWS's clients."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from functions.adapters import clients, ledger_table
from functions.adapters.alarms import Alarms
from functions.adapters.answer_counts import AnswerCounts
from functions.adapters.arrivals import Arrivals
from functions.adapters.batches import Batches
from functions.adapters.leases import Leases
from functions.adapters.logs import Logs
from functions.adapters.notifications import Notifications
from functions.adapters.runtime import Runtime
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from functions.adapters.usage import Usage
from functions.adapters.workflow import Workflow
from functions.common.settings import Settings
from tests.chaos.faults import DiedError
from tests.chaos.messages import (
    FakeCloudWatch,
    FakeEvents,
    FakeLogs,
    FakeRuntime,
    FakeSns,
    FakeWorkflow,
)
from tests.chaos.s3 import FakeS3
from tests.chaos.timeline import Timeline

if TYPE_CHECKING:
    from tests.chaos.world import World


def adapters_of(world: World, settings: Settings) -> dict[str, Any]:
    """By the names of `functions.adapters.clients`."""
    stack, topic = settings.stack, settings.topic_arn
    sns, events = cast(Any, FakeSns(world)), cast(Any, FakeEvents(world))
    sagemaker = SageMaker(cast(Any, world.sagemaker))
    runtime = Runtime(cast(Any, FakeRuntime(world)))
    workflow = Workflow(cast(Any, FakeWorkflow(world)), settings.state_machine_arn)
    return {
        "settings": settings,
        "region": "us-east-1",
        "ledger": world.ledger,
        "arrivals": Arrivals(world.table, stack, world.now),
        "batches": Batches(world.table, stack, world.now),
        "cost_book": world.cost_book,
        "answer_counts": AnswerCounts(world.table, stack, world.now),
        "price_list": None,
        "service_quotas": None,
        "leases": Leases(world.table, stack, world.now, _wait_in_vain),
        "storage": Storage(cast(Any, FakeS3(world)), settings.data_bucket),
        "sagemaker": sagemaker,
        "job_creator": sagemaker,
        "runtime": runtime,
        "patient_runtime": runtime,
        "logs": Logs(cast(Any, FakeLogs(world))),
        "notifications": Notifications(sns, events, topic, stack),
        "usage": Usage(cast(Any, FakeCloudWatch(world))),
        "workflow": workflow,
        # No batch is started here: nothing but a model's deletion looks for some.
        "batch_workflow": workflow,
        "alarms": Alarms(cast(Any, FakeCloudWatch(world))),
    }


@contextmanager
def wired(adapters: Mapping[str, Any], timeline: Timeline) -> Iterator[None]:
    """Puts the adapters and the clock behind the handlers, which print and log nothing meanwhile."""
    factories = {name: _constant(adapter) for name, adapter in adapters.items()}
    logged = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(action="ignore", category=UserWarning),
            patch.multiple(clients, **cast(Any, factories)),
            patch.object(ledger_table, "datetime", timeline),
            redirect_stdout(io.StringIO()),
        ):
            yield
    finally:
        logging.disable(logged)


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *_: value


def _wait_in_vain(seconds: float) -> None:
    """No time passes in a function, so who waits for another one does so until its own time is over."""
    raise DiedError
