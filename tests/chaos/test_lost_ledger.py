"""The ledger's table is lost, or restored to an older state: what serves goes on serving."""

from __future__ import annotations

import pytest

from contracts.model_record import ModelRecord
from functions.adapters.ledger_rebuild import RebuiltLedger
from functions.common.names import resource_name
from functions.common.tags import RUN
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.sagemaker import expected_answer
from tests.chaos.scenarios import MODEL, REDEPLOY, after
from tests.chaos.table import in_process_table
from tests.chaos.world import DAY, STACK, World
from tools.rebuild_ledger.__main__ import lines
from tools.rebuild_ledger.releases import Sources


def lose(world: World, beginning: str = "") -> None:
    """Removes the items whose partition key begins so."""
    for item in in_process_table().items():
        if str(item["pk"]).startswith(beginning):
            world.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


def restore_to_before(world: World, model: ModelRecord) -> None:
    """The table as it was before the champion."""
    lose(world, f"run#{model.champion}")
    world.table.update_item(
        Key={"pk": f"model#{MODEL}", "sk": "model"},
        UpdateExpression="SET champion = :before REMOVE previous_champion",
        ExpressionAttributeValues={":before": model.previous_champion},
    )


@pytest.fixture
def world() -> World:
    return World(after(REDEPLOY))


@pytest.mark.parametrize("beginning", ["", "run#", "model#"])
def test_sweeps_do_not_take_down_what_serves(world: World, beginning: str) -> None:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion is not None
    lose(world, beginning)
    # Whoever keeps the rows elsewhere: no drop starts a run that would make everything again.
    for key in [key for key in world.state.objects if key.startswith("datasets/")]:
        del world.state.objects[key]
    world.advance(DAY / 4)
    answer = world.sagemaker.answer(resource_name(STACK, MODEL))
    assert answer == expected_answer(model.champion)
    assert resource_name(STACK, model.champion) in world.state.things.configs


def test_a_lost_table_is_mailed_once_a_day_and_starts_nothing(world: World) -> None:
    mails, executions = len(world.state.mails), len(world.state.executions)
    lose(world)
    world.advance(DAY / 4)
    (subject, text) = world.state.mails[mails]
    assert len(world.state.mails) == mails + 1
    assert subject == "Traindrop: the ledger is lost"
    assert "make rebuild-ledger" in text
    assert len(world.state.executions) == executions


@pytest.mark.parametrize("kind", [Kind.ERROR, Kind.THROTTLED, Kind.LOST])
def test_a_sweep_that_cannot_tell_whether_the_ledger_is_lost_starts_nothing(
    world: World, kind: Kind
) -> None:
    executions = len(world.state.executions)
    lose(world)

    def is_query_of_sweep(call: Call) -> bool:
        return (call.function, call.operation) == ("Sweep", "Query")

    world.plan = Plan(is_query_of_sweep, kind)
    world.sweep()
    assert len(world.state.executions) == executions
    world.sweep()
    assert world.state.mails[-1][0] == "Traindrop: the ledger is lost"
    assert len(world.state.executions) == executions


def test_a_table_of_before_the_champion_takes_down_nothing(world: World) -> None:
    """The model is known, but neither its champion nor that one's run."""
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion is not None
    restore_to_before(world, model)
    world.sweep()
    answer = world.sagemaker.answer(resource_name(STACK, MODEL))
    assert answer == expected_answer(model.champion)


def _sources(world: World) -> Sources:
    ledger = RebuiltLedger(world.table, STACK, world.now)
    adapters = world.adapters
    return Sources(STACK, adapters["sagemaker"], adapters["storage"], ledger)


def test_what_is_live_is_noted_again(world: World) -> None:
    before = world.ledger.find_model(MODEL)
    assert before is not None
    assert before.champion is not None
    run = world.ledger.get_run(before.champion)
    lose(world)
    plan = _sources(world).decide()
    assert [release.lost for release in plan.releases] == [()]
    assert _sources(world).carry_out(plan) == []
    model, again = world.ledger.find_model(MODEL), world.ledger.get_run(run.run)
    assert model is not None
    for name in ("champion", "endpoint", "task", "custom", "mode"):
        assert getattr(model, name) == getattr(before, name)
    for name in ("model", "fingerprint", "attempt", "task", "spec", "archive", "hooks"):
        assert getattr(again, name) == getattr(run, name)
    assert again.evaluation is not None
    assert run.evaluation is not None
    assert again.evaluation.model == run.evaluation.model


def test_after_that_nothing_is_run_or_mailed_twice_and_drops_are_released(
    world: World,
) -> None:
    mails, executions = len(world.state.mails), len(world.state.executions)
    lose(world)
    sources = _sources(world)
    sources.carry_out(sources.decide())
    world.advance(DAY)
    assert len(world.state.mails) == mails
    assert len(world.state.executions) == executions
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert world.ledger.runs()[0].status == REDEPLOY.status
    assert len(world.ledger.runs()) == 2
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion == world.ledger.runs()[0].run
    answer = world.sagemaker.answer(model.endpoint)
    assert answer == expected_answer(model.champion)


def test_a_ledger_that_is_whole_is_left_as_it_is(world: World) -> None:
    plan = _sources(world).decide()
    assert (plan.releases, plan.unchanged, plan.unclear) == ((), (MODEL,), ())


def test_a_restored_ledger_is_brought_up_to_date(world: World) -> None:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion is not None
    restore_to_before(world, model)
    sources = _sources(world)
    assert sources.carry_out(sources.decide()) == []
    world.finish()
    assert violations(world) == []


def test_without_spec_and_archive_it_says_what_is_lost(world: World) -> None:
    lose(world)
    for key in [key for key in world.state.objects if key.startswith(("runs/", "mod"))]:
        del world.state.objects[key]
    (release,) = _sources(world).decide().releases
    text = "\n".join(lines(_sources(world).decide()))
    assert len(release.lost) == 3
    assert "lost: spec.json has expired" in text
    assert release.record.model == MODEL


def test_an_endpoint_whose_config_has_no_run_is_named(world: World) -> None:
    lose(world)
    for config in world.state.things.configs.values():
        config["Tags"] = [tag for tag in config["Tags"] if tag["Key"] != RUN]
    plan = _sources(world).decide()
    assert plan.releases == ()
    assert "expected a config with the tag traindrop:run" in plan.unclear[0]


def test_a_model_that_is_busy_is_left_to_the_next_time(world: World) -> None:
    lose(world)
    plan = _sources(world).decide()
    world.table.put_item(
        Item={
            "pk": f"model#{MODEL}",
            "sk": "model",
            "model": MODEL,
            "endpoint": resource_name(STACK, MODEL),
            "updated_at": "",
            "active_run": "another",
        }
    )
    assert "another run holds it" in _sources(world).carry_out(plan)[0]
