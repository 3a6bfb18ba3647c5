"""What must hold when nothing runs any more, whatever went wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from contracts.run_record import RELEASED, RunRecord, RunStatus
from functions.common.names import resource_name
from functions.common.tags import MODEL, RUN, as_tags
from tests.chaos.sagemaker import expected_answer
from tests.chaos.world import STACK, World


def violations(world: World, *, may_repeat: bool = False) -> list[str]:
    """A sentence for everything that is wrong; empty where all is well.

    With `may_repeat` a mail and an event may have been sent a second time: Notify was struck between sending and
    noting it, and neither SNS nor EventBridge knows what it has sent.
    """
    world.sagemaker.catch_up()
    wrong = [sentence for rule in RULES for sentence in rule(world)]
    return [*wrong, *_reported_truly(world, repeats=1 if may_repeat else 0)]


def _runs(world: World) -> list[RunRecord]:
    return world.ledger.runs(1000)


def _all_ended(world: World) -> Iterator[str]:
    for run in _runs(world):
        if run.is_in_progress:
            yield f"{run.run} is {run.status} for ever"


def _unlocked(world: World) -> Iterator[str]:
    for model in world.ledger.models():
        if model.active_run:
            yield f"{model.model} is locked by {model.active_run}"


def _reported_truly(world: World, repeats: int) -> Iterator[str]:
    for run in _runs(world):
        mails = [body for _, body in world.state.mails if f"Run: {run.run}\n" in body]
        events = [item for item in world.state.events if item.get("run") == run.run]
        endings = [item.notified for item in run.tries if item.notified]
        endings.append(run.status)
        counts = range(len(endings), len(endings) + repeats + 1)
        if len(mails) not in counts or len(events) not in counts:
            yield f"{run.run}: {len(mails)} mails and {len(events)} events"
            continue
        if len(events) > len(endings):
            _remove_repeat(events)
        for event, ending in zip(events, endings, strict=True):
            if not _is_true(event["status"], ending):
                yield f"{run.run} was reported as {event['status']} and was {ending}"


def _remove_repeat(events: list[dict[str, object]]) -> None:
    """Removes the first that is there a second time."""
    for number, event in enumerate(events):
        if event in events[:number]:
            del events[number]
            return


def _is_true(reported: str, status: RunStatus) -> bool:
    return reported == status or (reported, status) == ("live", "superseded")


def _no_false_alarm(world: World) -> Iterator[str]:
    """Mails without a run are for drops that never get one."""
    if _drops_without_a_run(world):
        return
    for subject, body in world.state.mails:
        if "Run: " not in body:
            yield f"a mail of no run: {subject}"


def _every_drop_has_a_run(world: World) -> Iterator[str]:
    """Or its owner was mailed."""
    mailed = [subject for subject, body in world.state.mails if "Run: " not in body]
    for model in _drops_without_a_run(world):
        if not any(f"/{model}/" in subject for subject in mailed):
            yield f"the last drop of {model} never got a run"


def _drops_without_a_run(world: World) -> list[str]:
    """Models to which something was uploaded after their last run began."""
    uploaded: dict[str, datetime] = {}
    for key, versions in world.state.objects.items():
        folder, _, rest = key.partition("/")
        if folder == "datasets":
            model, modified = rest.partition("/")[0], versions[-1].modified
            uploaded[model] = max(modified, uploaded.get(model, modified))
    started: dict[str, datetime] = {}
    for run in _runs(world):
        started_at = datetime.fromisoformat(run.started_at)
        started[run.model] = max(started_at, started.get(run.model, started_at))
    return [
        model
        for model, modified in uploaded.items()
        if model not in started or started[model] < modified
    ]


def _one_is_live(world: World) -> Iterator[str]:
    for model in world.ledger.models():
        live = [
            run.run
            for run in _runs(world)
            if run.model == model.model and run.status is RunStatus.LIVE
        ]
        if live != [run for run in (model.champion,) if run]:
            yield f"{model.model}: {live} are live, the champion is {model.champion}"


def _champions_answer(world: World) -> Iterator[str]:
    for model in world.ledger.models():
        if not model.champion:
            continue
        if model.asleep_since:
            endpoint = world.state.things.endpoints.get(model.endpoint)
            if endpoint and endpoint["EndpointStatus"] != "Deleting":
                yield f"{model.model} is asleep, and its endpoint {endpoint['EndpointStatus']}"
            continue
        answer = world.sagemaker.answer(model.endpoint)
        if answer != expected_answer(model.champion):
            yield f"{model.model}: expected {model.champion} to answer; found {answer}"


def _nothing_bills_without_an_owner(world: World) -> Iterator[str]:
    champions = {model.model for model in world.ledger.models() if model.champion}
    for name, endpoint in world.state.things.endpoints.items():
        is_going = endpoint["EndpointStatus"] == "Deleting"
        owner = as_tags(endpoint["Tags"])
        if owner.get(MODEL) not in champions and not is_going:
            yield f"endpoint {name} is {endpoint['EndpointStatus']} without a champion"
        elif RUN in owner and not is_going:
            yield f"candidate {name} is {endpoint['EndpointStatus']}, and no run is in progress"
    for name, job in world.state.things.jobs.items():
        if job["TrainingJobStatus"] == "InProgress":
            yield f"training job {name} runs, and no run is in progress"


def _nothing_is_left(world: World) -> Iterator[str]:
    needed = {model.champion for model in world.ledger.models()}
    things: list[tuple[str, dict[str, Any]]] = [
        ("config", world.state.things.configs),
        ("model", world.state.things.models),
    ]
    for kind, items in things:
        for name, item in items.items():
            if as_tags(item["Tags"]).get(RUN) not in needed:
                yield f"{kind} {name} is left"


def _callers_get_only_what_was_verified(world: World) -> Iterator[str]:
    things = world.state.things
    for change in things.changes:
        if change.has_callers and not change.was_verified:
            yield f"callers of {change.endpoint} got {change.config}, which nobody had verified"
    for run in _runs(world):
        config = resource_name(STACK, run.run)
        if run.status in RELEASED and config not in things.verified:
            yield f"{run.run} went live, and nobody had verified it"


def _champions_are_whole(world: World) -> Iterator[str]:
    for model in world.ledger.models():
        name = resource_name(STACK, model.champion) if model.champion else None
        things = world.state.things
        if name and not (name in things.configs and name in things.models):
            yield f"{model.model}: the champion's config or model is gone"


def _billed_jobs_are_booked_once(world: World) -> Iterator[str]:
    """And nothing else is noted as billing than endpoints that are there, for no job runs any more."""
    amounts = world.booked_this_month()
    booked = {amount.name: amount.billable_seconds for amount in amounts}
    for name, job in world.state.things.jobs.items():
        expected = job.get("BillableTimeInSeconds")
        if expected and booked.get(name) != expected:
            yield f"{name} billed {expected} s; found {booked.get(name)} booked"
    for cost in world.cost_book.running():
        if cost.name in world.state.things.endpoints:
            continue
        yield f"{cost.name} is noted as billing for ever"


def _no_alarm_is_left(world: World) -> Iterator[str]:
    """They watch requests that go over, and cost something."""
    for name in world.state.alarms:
        yield f"the alarm {name} is left"


RULES: tuple[Callable[[World], Iterator[str]], ...] = (
    _all_ended,
    _unlocked,
    _no_false_alarm,
    _every_drop_has_a_run,
    _one_is_live,
    _billed_jobs_are_booked_once,
    _champions_answer,
    _callers_get_only_what_was_verified,
    _champions_are_whole,
    _nothing_bills_without_an_owner,
    _no_alarm_is_left,
    _nothing_is_left,
)
