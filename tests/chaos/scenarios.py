"""The stories that every fault is tried in: what is there before, what is dropped, and how SageMaker behaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from contracts.run_record import RunRecord, RunStatus
from tests.chaos.api_calls import (
    approve,
    promote,
    put_to_sleep,
    retry,
    roll_back,
    stop,
    wake,
)
from tests.chaos.faults import Plan
from tests.chaos.invariants import violations
from tests.chaos.state import Snapshot
from tests.chaos.things import Behaviour
from tests.chaos.world import World
from tests.e2e.drops import reviews
from tests.unit.functions.archives import CONFIG, WHOLE, pack
from tests.unit.statemachine.interpreter import LambdaError

Request = Callable[[World, str], object]
MODEL = "m"
STOP_LOOKS = 3000
FOLDER = f"datasets/{MODEL}/"


def rows(seed: int) -> bytes:
    return reviews(24, seed=seed)


def archive(seed: int) -> bytes:
    return pack({**WHOLE, "notes.txt": str(seed), "config.json": CONFIG})


@dataclass(frozen=True)
class Scenario:
    """`status` is how the run ends where nothing goes wrong."""

    name: str
    status: RunStatus
    has_champion: bool = True
    file: str = "data.csv"
    content: Callable[[int], bytes] = rows
    jobs_fail: bool = False
    answers_wrongly: bool = False
    is_bad: bool = False
    after: Scenario | None = None
    """Where the story is what somebody asks for of a run: what had happened before."""
    request: Request = retry
    """What is asked for then."""
    stops_in: RunStatus | None = None
    """The status in which somebody stops the run of the drop."""
    settings: bytes = b""
    """Of a traindrop.yaml beside the file."""
    is_of_first_run: bool = False
    """Whether the story is the first run's, not that of the last one."""

    def begin(self, plan: Plan | None = None) -> World:
        """The world before the drop, or before the retry."""
        world = World(self._before(), plan)
        world.behaviour = Behaviour(
            jobs_fail=self.jobs_fail,
            answers_wrongly=self.answers_wrongly,
            is_bad=self.is_bad,
        )
        return world

    def _before(self) -> Snapshot | None:
        if self.after:
            return after(self.after)
        return _with_champion() if self.has_champion else None

    def start(self, world: World) -> None:
        """What the story begins with."""
        if not self.after:
            self.drop(world)
        run = self._wait_for_request(world)
        if run is None:
            return
        name = run.run
        with suppress(LambdaError):
            self.request(world, name)
        # Who has had no answer asks again.

        def ask_again(same: World) -> None:
            self.request(same, name)

        world.act(ask_again)

    def _wait_for_request(self, world: World) -> RunRecord | None:
        """The run that something is asked for, once it is time for that; None where nothing is."""
        if self.after or self.stops_in is None:
            return self.own_run(world) if self.after else None
        for _ in range(STOP_LOOKS):
            run = self.own_run(world)
            if run and (run.status is self.stops_in or not run.is_in_progress):
                return run
            world.advance(5)
        return None

    def own_run(self, world: World) -> RunRecord | None:
        """The run that the story is about, if there is one by now."""
        runs = sorted(world.ledger.runs(), key=lambda run: run.started_at)
        has_earlier = self.has_champion and not self.is_of_first_run
        return next(iter(runs[int(has_earlier) :]), None)

    def drop(self, world: World, seed: int = 2) -> None:
        """In the place of whatever the model's folder holds."""
        for key in [key for key in world.state.objects if key.startswith(FOLDER)]:
            del world.state.objects[key]
        if self.settings:
            world.upload(MODEL, self.settings, "traindrop.yaml")
        world.upload(MODEL, self.content(seed), self.file)

    def run(self, plan: Plan | None = None) -> World:
        """The world in the end."""
        world = self.begin(plan)
        self.start(world)
        world.finish()
        return world


@cache
def _with_champion() -> Snapshot:
    """A model that is live, its first run long over."""
    world = World()
    world.upload(MODEL, rows(1))
    world.finish()
    assert not violations(world), violations(world)
    return world.snapshot()


@cache
def after(scenario: Scenario) -> Snapshot:
    """What a run of the scenario in which nothing goes wrong leaves, to begin other worlds from."""
    world = scenario.run()
    assert not violations(world), violations(world)
    return world.snapshot()


FIRST = Scenario("first deploy", RunStatus.LIVE, has_champion=False)
REDEPLOY = Scenario("redeploy", RunStatus.LIVE)
TRAINING_FAILS = Scenario("training fails", RunStatus.FAILED, jobs_fail=True)
VERIFY_FAILS = Scenario("verify fails", RunStatus.FAILED, answers_wrongly=True)
ARCHIVE = Scenario("archive drop", RunStatus.LIVE, file="model.tar.gz", content=archive)
KEPT_BACK = Scenario("kept back", RunStatus.KEPT_BACK, is_bad=True)
RETRY_TRAINING = Scenario("retry training", RunStatus.LIVE, after=TRAINING_FAILS)
RETRY_DEPLOY = Scenario("retry deploy", RunStatus.LIVE, after=VERIFY_FAILS)
ROLLBACK = Scenario(
    "rollback",
    RunStatus.LIVE,
    after=REDEPLOY,
    request=roll_back,
    is_of_first_run=True,
)
ROLLBACK_FAILS = Scenario(
    "rollback fails",
    RunStatus.FAILED,
    after=REDEPLOY,
    request=roll_back,
    is_of_first_run=True,
    answers_wrongly=True,
)
PROMOTE = Scenario("promote", RunStatus.LIVE, after=KEPT_BACK, request=promote)
NEEDS_APPROVAL = b"gate: {approval: required, approval_days: 2}\n"
HELD = Scenario("held", RunStatus.KEPT_BACK, settings=NEEDS_APPROVAL)
APPROVE = Scenario("approve", RunStatus.LIVE, after=HELD, request=approve)
IDLE_MINUTES = 600
HOURLY = f"deployment: {{mode: realtime, idle_minutes: {IDLE_MINUTES}}}\n".encode()
REALTIME = Scenario("realtime", RunStatus.LIVE, has_champion=False, settings=HOURLY)
SLEEP = Scenario(
    "sleep",
    RunStatus.LIVE,
    has_champion=False,
    after=REALTIME,
    request=put_to_sleep,
)
WAKE = Scenario("wake", RunStatus.LIVE, has_champion=False, after=SLEEP, request=wake)
STOPPED_TRAINING = Scenario(
    "stop in training", RunStatus.STOPPED, request=stop, stops_in=RunStatus.TRAINING
)
STOPPED_DEPLOYING = Scenario(
    "stop in deploying", RunStatus.STOPPED, request=stop, stops_in=RunStatus.DEPLOYING
)
SCENARIOS = (
    FIRST,
    REDEPLOY,
    TRAINING_FAILS,
    VERIFY_FAILS,
    ARCHIVE,
    KEPT_BACK,
    RETRY_TRAINING,
    RETRY_DEPLOY,
    ROLLBACK,
    ROLLBACK_FAILS,
    PROMOTE,
    HELD,
    APPROVE,
    SLEEP,
    WAKE,
    STOPPED_TRAINING,
    STOPPED_DEPLOYING,
)
