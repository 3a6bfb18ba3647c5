"""Traindrop in one process: the real handlers, adapters and state machine, and AWS as fakes on one clock.

The ledger's table is the local engine's DynamoDB, the state machine is the deployed one with its waits and retries, and
S3, SageMaker, SNS, EventBridge and Step Functions are fakes of the boto clients. Every call that a function makes is
numbered, so that a `Plan` can name the one that goes wrong. A run takes a third of a second.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import ReadTimeoutError

from contracts.costs import BookedCost
from contracts.outcomes import RESTART_ERROR
from functions.adapters.cost_book import CostBook, month_of
from functions.adapters.ledger import Ledger
from functions.common.settings import Settings
from tests.chaos.adapters import adapters_of, wired
from tests.chaos.faults import (
    ACTORS,
    OUTAGES,
    AbortedError,
    Action,
    Call,
    DiedError,
    Kind,
    Plan,
    Trace,
    broken,
    client_error,
    denied,
    ignoring_refusals,
    throttled,
)
from tests.chaos.lambda_functions import handler_of, lambda_error
from tests.chaos.s3 import Version, object_created
from tests.chaos.sagemaker import FakeSageMaker
from tests.chaos.state import ExecutionRecord, Snapshot, State
from tests.chaos.table import in_process_table
from tests.chaos.things import Behaviour
from tests.chaos.timeline import Timeline
from tests.unit.functions.api.client import MANAGE_KEY, Context
from tests.unit.statemachine import interpreter
from tests.unit.statemachine.interpreter import Execution, LambdaError

STACK, BUCKET = "traindrop", "data"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:workflow"
SWEEP_SECONDS = 900
BATCH_SECONDS, VISIBILITY_SECONDS, MAX_RECEIVES = 5, 360, 5
"""Of the queue of arrivals, as the template has them."""
DAY, LONGEST_SECONDS = 86_400.0, 60 * 86_400.0
SETTINGS = Settings(
    STACK,
    BUCKET,
    "ledger",
    topic_arn="arn:aws:sns:us-east-1:123456789012:topic",
    state_machine_arn=MACHINE,
    execution_role_arn="arn:aws:iam::123456789012:role/sagemaker",
    training_image="training:1",
    serving_image="serving:1",
    settle_seconds=30,
    base_model="org/base",
    training_instance_types=("ml.g5.xlarge",),
    api_url="https://api",
    manage_key_id=MANAGE_KEY,
)


class World:
    """One stack. Only the newest world may be used: there is one table."""

    def __init__(
        self, snapshot: Snapshot | None = None, plan: Plan | None = None
    ) -> None:
        self.state = copy.deepcopy(snapshot.state) if snapshot else State()
        self.behaviour = Behaviour()
        self.plan = plan or Plan()
        self.trace = Trace()
        self.errors: list[str] = []
        """What went wrong with functions, for people."""
        self.paths: dict[str, list[str]] = {}
        """Execution -> the states that it went through."""
        self._function = ""
        self._is_acting = False
        self._execution = ""
        self._timeline = Timeline(self.state)
        items = snapshot.items if snapshot else []
        self.table = in_process_table().open(self._call_table, items)
        self.sagemaker = FakeSageMaker(self)
        self.ledger = Ledger(self.table, STACK, self.now, lambda seconds: None)
        self.cost_book = CostBook(self.table, STACK, self.now)
        self.adapters = adapters_of(self, SETTINGS)
        self._timeline.schedule(SWEEP_SECONDS, self._sweep_regularly)

    def snapshot(self) -> Snapshot:
        """All that lasts, to begin other worlds from; no execution may be running."""
        assert not self.running, self.running
        return Snapshot(copy.deepcopy(self.state), in_process_table().items())

    def booked_this_month(self) -> list[BookedCost]:
        return self.cost_book.booked(month_of(self.now().isoformat()))

    # ---- time

    def now(self) -> datetime:
        return self._timeline.now()

    def advance(self, seconds: float) -> None:
        """Lets everything happen that is due in this time."""
        self._timeline.advance(seconds)

    def finish(self) -> None:
        """Until no execution runs any more, and an hour of sweeps after that, with nothing that goes wrong any more."""
        self._drain()
        self.plan = Plan()
        for _ in range(2):
            self.advance(1900)
            self._drain()

    def cut_off(self) -> None:
        """Ends every execution as the local cloud does that was killed and comes back; functions may go on."""
        for record in self.state.executions.values():
            if record.status == "RUNNING":
                record.status, record.error = "FAILED", RESTART_ERROR
        self.sweep()

    def _drain(self) -> None:
        while self.running or self.state.queue:
            assert self.state.time < LONGEST_SECONDS, self.running
            self._timeline.next()

    # ---- calls

    def call(
        self, service: str, operation: str, name: str, effect: Callable[[], Any]
    ) -> Any:
        """One call of AWS, which the plan may let go wrong."""
        if not self._function or self._is_acting:
            return effect()
        call = self.trace.add(self._function, service, operation, name)
        fault = self.plan.fault(call, self.state.time)
        if fault is None:
            return effect()
        if fault in ACTORS:
            self.act(self.plan.action or World.sweep)
            return effect()
        return self._go_wrong(fault, call, effect)

    def _call_table(self, operation: str, effect: Callable[[], Any]) -> Any:
        return self.call("dynamodb", operation, "", effect)

    def _go_wrong(self, kind: Kind, call: Call, effect: Callable[[], Any]) -> Any:
        match kind:
            case Kind.THROTTLED:
                raise throttled(call)
            case kind if kind in OUTAGES:
                raise throttled(call)
            case Kind.ERROR:
                raise broken(call)
            case Kind.DENIED:
                raise denied(call)
            case Kind.STALE:
                text = f"Could not find {call.name}."
                raise client_error("ValidationException", text, call.operation)
            case Kind.DIES_BEFORE:
                raise DiedError
            case Kind.ABORTED:
                self._abort()
                raise AbortedError
            case Kind.OVERTAKEN:
                self._abort()
                self.act(World.sweep)
            case Kind.REPEATED:
                ignoring_refusals(effect)
        answer = effect()
        if kind is Kind.LOST:
            raise ReadTimeoutError(endpoint_url="https://aws")
        if kind is Kind.DIES_AFTER:
            raise DiedError
        return answer

    def is_calling(self, function: str) -> bool:
        return self._function == function

    def act(self, action: Action) -> None:
        """Something that somebody else does meanwhile; its calls are not numbered, and go well."""
        acted_before, self._is_acting = self._is_acting, True
        execution, self._execution = self._execution, ""
        try:
            action(self)
        finally:
            self._is_acting, self._execution = acted_before, execution

    # ---- functions

    @contextmanager
    def _calling(self, function: str) -> Iterator[None]:
        """What is called meanwhile, this function calls."""
        before, self._function = self._function, function
        try:
            with wired(self.adapters, self._timeline):
                yield
        finally:
            self._function = before

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Calls a function of the template as Lambda does; raises the `LambdaError` that Step Functions would see."""

        def work() -> Any:
            answer = handler_of(function)(json.loads(json.dumps(event)), Context())
            return json.loads(json.dumps(answer))

        with self._calling(function):
            try:
                answer: dict[str, Any] = self.call("lambda", "Invoke", function, work)
                return answer
            except (DiedError, Exception) as error:
                failure = lambda_error(error)
                self.errors.append(
                    f"{self.state.time:.0f} s: {function}: {failure.error}: {failure.cause}"
                )
                raise failure from error

    def sweep(self) -> None:
        """One sweep; what it leaves because it failed is for the next one."""
        with suppress(LambdaError):
            self.invoke("Sweep", {})

    def sweep_soon(self) -> None:
        self._timeline.schedule(0, self.sweep)

    def _sweep_regularly(self) -> None:
        self._timeline.schedule(SWEEP_SECONDS, self._sweep_regularly)
        self.sweep()

    # ---- drops and executions

    def put(self, key: str, data: bytes) -> dict[str, Any]:
        self.state.versions += 1
        version = Version(data, f"v{self.state.versions}", self.now())
        self.state.objects.setdefault(key, []).append(version)
        return {"VersionId": version.version_id}

    @staticmethod
    def uri(key: str) -> str:
        return f"s3://{BUCKET}/{key}"

    def upload(self, model: str, data: bytes, name: str = "data.csv") -> None:
        """Puts a file into a model's folder; S3 says so."""
        key = f"datasets/{model}/{name}"
        self.put(key, data)
        self.announce(key)

    def announce(self, key: str) -> None:
        """S3's event of a file, which waits in the queue for the next batch."""
        event = object_created(BUCKET, key) | {"time": self.now().isoformat()}
        number = len(self.state.queue) + len(self.trace.calls)
        message = {"messageId": f"{number}-{key}", "body": json.dumps(event)}
        self.state.queue.append(message | {"receives": 0})
        self._timeline.schedule(BATCH_SECONDS, self._deliver)

    def _deliver(self) -> None:
        """The next batch, as the mapping of the queue takes it; what fails comes again, and is lost in the end."""
        batch, self.state.queue = self.state.queue, []
        if not batch:
            return
        try:
            answer = self.invoke("Arrive", {"Records": batch})
            failures = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
        except (LambdaError, AbortedError):
            failures = [message["messageId"] for message in batch]
        for message in batch:
            if message["messageId"] in failures:
                self._deliver_later(message)

    def _deliver_later(self, message: dict[str, Any]) -> None:
        message["receives"] += 1
        if message["receives"] >= MAX_RECEIVES:
            self.state.lost.append(message)
            return
        self.state.queue.append(message)
        self._timeline.schedule(VISIBILITY_SECONDS, self._deliver)

    @staticmethod
    def arn(name: str) -> str:
        return f"{MACHINE.replace(':stateMachine:', ':execution:')}:{name}"

    def start(self, event: dict[str, Any], name: str) -> str:
        arn = self.arn(name)
        self.state.executions[arn] = ExecutionRecord(arn, event)
        self.go_on(Execution(current_definition(), calls_nothing, event, arn))
        return arn

    def go_on(self, execution: Execution, wait: float = 0) -> None:
        """Lets an execution that is on record take its next step, `wait` seconds from now."""
        begin = self.state.time + wait - execution.now

        def functions(name: str, payload: dict[str, Any], now: float) -> dict[str, Any]:
            try:
                return self.invoke(name, payload)
            finally:
                execution.now = max(execution.now, self.state.time - begin)

        execution.functions = functions
        self.paths[execution.arn] = execution.path
        self._timeline.schedule(
            wait, lambda: self._step(execution, execution.steps(), begin)
        )

    @property
    def running(self) -> list[str]:
        executions = self.state.executions.values()
        return [item.arn for item in executions if item.status == "RUNNING"]

    def _step(self, execution: Execution, steps: Iterator[float], begin: float) -> None:
        record = self.state.executions[execution.arn]
        if record.status != "RUNNING":
            return
        before, self._execution = self._execution, execution.arn
        try:
            due = next(steps, None)
        except AbortedError:
            due = None
        finally:
            self._execution = before
        if record.status != "RUNNING":
            self.sweep_soon()
        elif due is None:
            self._end(record, execution.end)
        else:
            wait = begin + due - self.state.time
            self._timeline.schedule(wait, lambda: self._step(execution, steps, begin))

    def _end(self, record: ExecutionRecord, end: str) -> None:
        record.status = "SUCCEEDED" if end == "Succeed" else "FAILED"
        if record.status == "FAILED":
            self.sweep_soon()

    def _abort(self) -> None:
        if self._execution:
            self.state.executions[self._execution].status = "ABORTED"


def calls_nothing(name: str, payload: dict[str, Any], now: float) -> dict[str, Any]:
    """Of an execution that does not run in a world yet."""
    raise AssertionError(f"{name} is called before World.go_on")


@functools.cache
def current_definition() -> dict[str, Any]:
    return interpreter.load(GraceSeconds=1200)
