"""A day of drops on the deployed state machine: every execution walks the real definition, on one clock.

The functions answer as the real ones do where nothing goes wrong, after so long as their calls of AWS take; how many
calls that are was counted (`scale_calls`). What Lambda, SageMaker or the queue of arrivals do not take is refused as
they refuse it, and the definition's own waits and retries see to the rest.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.scale_calls import CallCounts, Calls, invocation_key
from benchmarks.scale_meters import Level, Pool, RateMeter
from benchmarks.scale_plan import DAY, Plan
from contracts.locations import drop_prefix
from contracts.outcomes import (
    CheckEndpointOutcome,
    CheckTrainingOutcome,
    DeployOutcome,
    DeployStage,
    ExplainOutcome,
    InspectOutcome,
    JudgeOutcome,
    NextDropOutcome,
    PromoteOutcome,
    StartTrainingOutcome,
    VerifyOutcome,
)
from tests.unit.statemachine.interpreter import Execution, LambdaError

WINDOW_SECONDS, VISIBILITY_SECONDS, MAX_RECEIVES, ARRIVE_AT_ONCE = 5.0, 360.0, 5, 5
"""Of the queue of arrivals, as the template has them."""
SWEEP_SECONDS = 900.0
TRANSITION, START = "states StateTransition", "states StartExecution"
INSPECT_GB, OTHERS_GB = 3008 / 1024, 512 / 1024
EVENT = {
    "detail": {"bucket": {"name": "data"}, "object": {"key": f"{drop_prefix('m')}data"}}
}
"""The same for every drop, so that their expressions are evaluated once."""


@dataclass
class Drop:
    number: int
    model: int
    arrived: float
    started: float | None = None
    """When its training was created."""
    training_ends: float = 0.0
    endpoint_since: float = 0.0
    has_candidate: bool = False
    ended: float | None = None
    ending: str = ""
    """"live", "kept", "failed" or "replaced": a newer drop came while it waited for its model."""


Payload = Mapping[str, Any]
Answer = Callable[[Drop, Payload], dict[str, Any]]


@dataclass
class Model:
    holder: Drop | None = None
    pending: Drop | None = None
    is_live: bool = False


class CachedExecution(Execution):
    """Drops share their paths, so most expressions have been evaluated before."""

    cache: dict[Any, Any] = {}  # noqa: RUF012 - one for all, on purpose
    retries = 0

    def _evaluate(self, template: Any, states: dict[str, Any]) -> Any:
        if not (isinstance(template, str) and template.startswith("{%")):
            return super()._evaluate(template, states)
        key = (template, tuple(self.variables.values()), repr(states))
        if key not in self.cache:
            self.cache[key] = super()._evaluate(template, states)
        return self.cache[key]

    def _measure(self, value: Any) -> None:
        return

    def _waits_to_retry(self, state: dict[str, Any], error: LambdaError) -> bool:
        is_retried = super()._waits_to_retry(state, error)
        self.retries += is_retried
        return is_retried


@dataclass
class Meters:
    """What was taken, of what."""

    plan: Plan
    rates: dict[str, RateMeter] = field(default_factory=lambda: defaultdict(RateMeter))
    executions: Level = field(default_factory=Level)
    sweep_seconds: float = 0.0
    """Of the longest one."""
    transitions: int = 0
    gigabyte_seconds: float = 0.0
    invocations: int = 0
    timed_out: int = 0
    """Drops whose note was not reached before Arrive's time was over."""

    def __post_init__(self) -> None:
        self.functions = Pool(self.plan.lambda_concurrency)
        self.instances = Pool(self.plan.instances)
        self.endpoints = Level(self.plan.endpoints)


class Simulation:
    """`run` lets the drops of `plan` come, and everything that follows happen."""

    def __init__(
        self, plan: Plan, calls: CallCounts, definition: dict[str, Any]
    ) -> None:
        self.plan, self.calls, self.definition = plan, calls, definition
        self.meters = Meters(plan)
        self.models = [Model() for _ in range(plan.models)]
        self.drops: list[Drop] = []
        self.time = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._queue: list[tuple[Drop, int]] = []
        self._arriving = Pool(ARRIVE_AT_ONCE)
        self._is_delivering = False

    def run(self) -> None:
        rng = random.Random(self.plan.seed)
        latest = self.plan.arrival_seconds
        times = sorted(rng.uniform(0, latest) for _ in range(self.plan.drops))
        for number, time in enumerate(times):
            drop = Drop(number, rng.randrange(self.plan.models), time)
            self.drops.append(drop)
            self._schedule(time, partial(self._upload, drop))
        self._open = len(self.drops)
        self._schedule(SWEEP_SECONDS, self._sweep)
        while self._open or self.meters.executions.count:
            self.time, _, action = heapq.heappop(self._due)
            action()

    def _schedule(self, time: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (max(time, self.time), next(self._order), action))

    def _end_drop(self, drop: Drop, ending: str) -> None:
        drop.ended, drop.ending = self.time, ending
        self._open -= 1

    # ---- arrivals

    def _upload(self, drop: Drop) -> None:
        self._enqueue(drop, 0, self.time)

    def _enqueue(self, drop: Drop, receives: int, time: float) -> None:
        self._queue.append((drop, receives))
        if not self._is_delivering:
            self._is_delivering = True
            self._schedule(time + WINDOW_SECONDS, self._deliver)

    def _deliver(self) -> None:
        """The next batch, where one more Arrive may work."""
        self._is_delivering = False
        size = self.plan.arrive_batch
        batch, rest = self._queue[:size], self._queue[size:]
        work = self._arrive_seconds() * len(batch)
        duration = min(work, self.plan.arrive_timeout)
        is_taken = self._arriving.take(self.time, duration)
        if is_taken and self._invoke("Arrive", duration, len(batch)):
            self._queue = rest
            self._note(batch)
        if self._queue:
            self._is_delivering = True
            self._schedule(self.time + (0 if is_taken else 1), self._deliver)

    def _arrive_seconds(self) -> float:
        """For one drop."""
        return self._seconds(self.calls.invocations.get("Arrive", {}))

    def _seconds(self, calls: Calls) -> float:
        """Of the calls of AWS that a function makes one after another."""
        times = self.plan.call_seconds
        return sum(times[name.split()[0]] * count for name, count in calls.items())

    def _note(self, batch: list[tuple[Drop, int]]) -> None:
        """One drop after the other; where the function's time is over, SQS delivers the whole batch again."""
        seconds, limit = self._arrive_seconds(), self.plan.arrive_timeout
        for place, (drop, receives) in enumerate(batch, 1):
            if place * seconds <= limit:
                self._schedule(self.time + place * seconds, partial(self._begin, drop))
                continue
            self.meters.timed_out += 1
            later = VISIBILITY_SECONDS if receives + 1 < MAX_RECEIVES else SWEEP_SECONDS
            again = partial(self._enqueue, drop, receives + 1, self.time + later)
            self._schedule(self.time + later, again)

    def _begin(self, drop: Drop) -> None:
        """As `functions/arrive/watch.py`: no execution looks at a drop whose model a run holds."""
        if self.models[drop.model].holder:
            self._wait_for_model(drop)
        else:
            self._start(drop)

    def _wait_for_model(self, drop: Drop) -> None:
        model = self.models[drop.model]
        if model.pending and model.pending is not drop:
            self._end_drop(model.pending, "replaced")
        model.pending = drop

    # ---- executions

    def _start(self, drop: Drop) -> None:
        self.meters.executions.take()

        def functions(name: str, payload: dict[str, Any], now: float) -> dict[str, Any]:
            key = invocation_key(name, payload)
            calls = self.calls.invocations.get(key, {})
            work = self.plan.work_seconds.get(name, 0.0)
            duration = self._seconds(calls) + work
            if not self._invoke(key, duration):
                raise LambdaError("Lambda.TooManyRequestsException")
            execution.now = now + duration
            answer = answers.get(name)
            return answer(drop, payload) if answer else {"outcome": "done"}

        answers: dict[str, Answer] = {
            "Inspect": self._inspect,
            "StartTraining": self._start_training,
            "CheckTraining": self._check_training,
            "Judge": self._judge,
            "Deploy": self._deploy,
            "CheckEndpoint": self._check_endpoint,
            "Verify": self._verify,
            "Promote": self._promote,
            "Explain": self._explain,
            "NextDrop": self._begin_next,
        }

        execution = CachedExecution(self.definition, functions, EVENT)
        self._step(execution, execution.steps(), self.time)

    def _step(
        self, execution: CachedExecution, steps: Iterator[float], begin: float
    ) -> None:
        before = len(execution.path) + execution.retries
        due = next(steps, None)
        made = len(execution.path) + execution.retries - before
        self.meters.transitions += made
        self.meters.rates[TRANSITION].add(self.time, made)
        if due is None:
            self.meters.executions.give_back()
        else:
            again = partial(self._step, execution, steps, begin)
            self._schedule(begin + due, again)

    def _invoke(self, key: str, duration: float, times: int = 1) -> bool:
        """False where Lambda has no room for it. `times`: how often it makes its calls."""
        if not self.meters.functions.take(self.time, duration):
            return False
        self.meters.invocations += 1
        memory = INSPECT_GB if key == "Inspect" else OTHERS_GB
        self.meters.gigabyte_seconds += memory * duration
        for name, count in self.calls.invocations.get(key, {}).items():
            self.meters.rates[name].spread(self.time, duration, count * times)
        return True

    def _inspect(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        quiet = drop.arrived + self.plan.settle_seconds
        if self.time < quiet:
            pause = math.ceil(quiet - self.time)
            return {"outcome": InspectOutcome.ARRIVING, "wait_seconds": pause}
        model = self.models[drop.model]
        if model.holder:
            self._wait_for_model(drop)
            return {"outcome": InspectOutcome.BUSY}
        model.holder = drop
        return {"outcome": InspectOutcome.READY, "run": "run"}

    def _start_training(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        minutes = self.plan.training_minutes
        duration = 60 * minutes[drop.number % len(minutes)]
        if not self.meters.instances.take(self.time, duration):
            return {"outcome": StartTrainingOutcome.NO_CAPACITY}
        drop.started, drop.training_ends = self.time, self.time + duration
        return {"outcome": StartTrainingOutcome.STARTED}

    def _check_training(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        is_over = self.time >= drop.training_ends
        outcome = CheckTrainingOutcome.COMPLETED
        age = round(self.time - (drop.started or 0))
        return {
            "outcome": outcome if is_over else CheckTrainingOutcome.RUNNING,
            "age_seconds": age,
            "limit_seconds": round(DAY),
        }

    def _judge(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        is_live = self.models[drop.model].is_live
        if is_live and drop.number % self.plan.kept_every == 0:
            self._free(drop, "kept")
            return {"outcome": JudgeOutcome.KEEP}
        return {"outcome": JudgeOutcome.PROMOTE}

    def _deploy(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        """A first release on the model's endpoint; a later one beside it until it is verified."""
        if payload["stage"] == DeployStage.STABLE:
            if not drop.has_candidate:
                return {"outcome": DeployOutcome.IN_PLACE}
            self.meters.endpoints.give_back()
            drop.has_candidate = False
        elif not self.meters.endpoints.take():
            # SageMaker's ResourceLimitExceeded; it is no AWS that cannot answer at this moment.
            raise LambdaError("ClientError", "ResourceLimitExceeded")
        else:
            drop.has_candidate = self.models[drop.model].is_live
        drop.endpoint_since = self.time
        return {"outcome": DeployOutcome.DEPLOYING}

    def _check_endpoint(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        age = self.time - drop.endpoint_since
        outcome = CheckEndpointOutcome.LIVE
        if age < self.plan.endpoint_seconds:
            outcome = CheckEndpointOutcome.DEPLOYING
        return {"outcome": outcome, "age_seconds": round(age)}

    def _verify(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        return {"outcome": VerifyOutcome.VERIFIED}

    def _promote(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        self.models[drop.model].is_live = True
        self._free(drop, "live")
        return {"outcome": PromoteOutcome.PROMOTED}

    def _explain(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        self._free(drop, "failed")
        return {"outcome": ExplainOutcome.CLEANED}

    def _free(self, drop: Drop, ending: str) -> None:
        self.models[drop.model].holder = None
        self._end_drop(drop, ending)

    def _begin_next(self, drop: Drop, payload: Payload) -> dict[str, Any]:
        model = self.models[drop.model]
        if model.pending and not model.holder:
            waiting, model.pending = model.pending, None
            self.meters.rates[START].add(self.time)
            self._start(waiting)
        return {"outcome": NextDropOutcome.CHECKED}

    # ---- sweeps

    def _sweep(self) -> None:
        self._schedule(self.time + SWEEP_SECONDS, self._sweep)
        live = sum(model.is_live for model in self.models)
        held = sum(model.holder is not None for model in self.models)
        calls = self.calls.of_sweep(live, held)
        duration = self._seconds(calls)
        if not self._invoke("Sweep", duration):
            return
        self.meters.sweep_seconds = max(self.meters.sweep_seconds, duration)
        for name, count in calls.items():
            self.meters.rates[name].spread(self.time, duration, count)
