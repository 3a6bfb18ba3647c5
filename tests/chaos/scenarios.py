"""The stories that every fault is tried in: what is there before, what is dropped, and how SageMaker behaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from contracts.run_record import RunStatus
from tests.chaos.api_calls import retry
from tests.chaos.faults import Plan
from tests.chaos.invariants import violations
from tests.chaos.state import Snapshot
from tests.chaos.things import Behaviour
from tests.chaos.world import World
from tests.e2e.drops import reviews
from tests.unit.functions.archives import CONFIG, WHOLE, pack
from tests.unit.statemachine.interpreter import LambdaError

MODEL = "m"
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
    failed: Scenario | None = None
    """Where the story is the retry of a run: how the run had failed."""

    def begin(self, plan: Plan | None = None) -> World:
        """The world before the drop, or before the retry."""
        world = World(self._before(), plan)
        world.behaviour = Behaviour(
            jobs_fail=self.jobs_fail, answers_wrongly=self.answers_wrongly
        )
        return world

    def _before(self) -> Snapshot | None:
        if self.failed:
            return _after(self.failed)
        return _with_champion() if self.has_champion else None

    def start(self, world: World) -> None:
        """What the story begins with."""
        if not self.failed:
            self.drop(world)
            return
        run = world.ledger.runs()[0].run
        with suppress(LambdaError):
            retry(world, run)
        # Who has had no answer asks again.

        def ask_again(same: World) -> None:
            retry(same, run)

        world.act(ask_again)

    def drop(self, world: World, seed: int = 2) -> None:
        """In the place of whatever the model's folder holds."""
        for key in [key for key in world.state.objects if key.startswith(FOLDER)]:
            del world.state.objects[key]
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
def _after(scenario: Scenario) -> Snapshot:
    """Where nothing runs any more."""
    world = scenario.run()
    assert not violations(world), violations(world)
    return world.snapshot()


FIRST = Scenario("first deploy", RunStatus.LIVE, has_champion=False)
REDEPLOY = Scenario("redeploy", RunStatus.LIVE)
TRAINING_FAILS = Scenario("training fails", RunStatus.FAILED, jobs_fail=True)
VERIFY_FAILS = Scenario("verify fails", RunStatus.FAILED, answers_wrongly=True)
ARCHIVE = Scenario("archive drop", RunStatus.LIVE, file="model.tar.gz", content=archive)
RETRY_TRAINING = Scenario("retry training", RunStatus.LIVE, failed=TRAINING_FAILS)
RETRY_DEPLOY = Scenario("retry deploy", RunStatus.LIVE, failed=VERIFY_FAILS)
SCENARIOS = (
    FIRST,
    REDEPLOY,
    TRAINING_FAILS,
    VERIFY_FAILS,
    ARCHIVE,
    RETRY_TRAINING,
    RETRY_DEPLOY,
)
