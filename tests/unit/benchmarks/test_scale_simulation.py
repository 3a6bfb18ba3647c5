from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.scale_calls import CallCounts
from benchmarks.scale_plan import Plan
from benchmarks.scale_quotas import RATES
from benchmarks.scale_report import Scenario, report
from benchmarks.scale_simulation import START, TRANSITION, Simulation
from tests.unit.statemachine import interpreter

CALLS = CallCounts(
    {
        "Arrive": {"dynamodb UpdateItem": 2.0, START: 1.0},
        "CheckTraining": {"sagemaker DescribeTrainingJob": 1.0},
    },
    {"dynamodb Query": 1.0},
    {"dynamodb GetItem": 3.0},
    {"states DescribeExecution": 1.0},
)
NO_TIME = {
    "dynamodb": 0.0,
    "states": 0.0,
    "sagemaker": 0.0,
}
ONE = Plan(
    drops=1,
    models=1,
    arrival_seconds=0.0,
    call_seconds=NO_TIME,
    work_seconds={},
    training_minutes=(20,),
    grace_seconds=60,
)


def simulate(plan: Plan) -> Simulation:
    definition = interpreter.load(GraceSeconds=round(plan.grace_seconds))
    simulation = Simulation(plan, CALLS, definition)
    simulation.run()
    return simulation


def endings(simulation: Simulation) -> Counter[str]:
    return Counter(drop.ending for drop in simulation.drops)


def test_one_drop_takes_what_the_definition_says() -> None:
    simulation = simulate(ONE)
    (drop,) = simulation.drops
    # 5 s until the batch, then until 30 s of quiet are over.
    assert drop.started == 30
    # Looks every 30 s of 20 minutes at the job, and of 3 minutes at the endpoint: the first that finds it done.
    assert drop.ended == pytest.approx(30 + 1200 + 180, abs=90)
    assert drop.ending == "live"
    meters = simulation.meters
    assert meters.rates[START].total == 1
    assert meters.transitions == meters.rates[TRANSITION].total
    looks = meters.rates["sagemaker DescribeTrainingJob"].total
    assert 1200 / 60 < looks <= 1200 / 30
    assert (meters.instances.peak, meters.endpoints.count) == (1, 1)


def test_a_second_drop_of_a_model_waits_and_gets_a_candidate_beside_it() -> None:
    simulation = simulate(replace(ONE, drops=2))
    first, second = simulation.drops
    assert [first.ending, second.ending] == ["live", "live"]
    assert first.ended is not None
    assert second.started is not None
    assert second.started >= first.ended
    assert (simulation.meters.endpoints.peak, simulation.meters.endpoints.count) == (
        2,
        1,
    )


def test_of_drops_that_wait_the_newest_is_run() -> None:
    assert endings(simulate(replace(ONE, drops=5))) == {"live": 2, "replaced": 3}


def test_a_run_that_does_not_beat_the_model_ends_before_its_deployment() -> None:
    simulation = simulate(replace(ONE, drops=2, kept_every=1))
    assert endings(simulation) == {"live": 1, "kept": 1}
    assert simulation.meters.endpoints.peak == 1


def test_without_an_instance_a_drop_waits_as_long_as_the_definition_says() -> None:
    simulation = simulate(replace(ONE, drops=3, models=40, instances=1))
    starts = sorted(drop.started or 0 for drop in simulation.drops)
    assert endings(simulation) == {"live": 3}
    assert starts[1] - starts[0] >= 1200
    assert starts[2] - starts[1] >= 1200
    assert simulation.meters.instances.refused > 0


def test_without_an_instance_for_a_day_a_drop_fails() -> None:
    simulation = simulate(replace(ONE, instances=0))
    (drop,) = simulation.drops
    assert drop.ending == "failed"
    assert drop.ended is not None
    assert drop.ended >= 24 * 3600


def test_without_an_endpoint_the_trained_run_fails() -> None:
    simulation = simulate(replace(ONE, drops=2, models=40, endpoints=1))
    assert endings(simulation) == {"live": 1, "failed": 1}


def test_a_function_that_lambda_refuses_is_called_again() -> None:
    plan = replace(ONE, drops=4, models=40, lambda_concurrency=1)
    simulation = simulate(replace(plan, work_seconds={"Inspect": 20.0}))
    assert endings(simulation) == {"live": 4}
    assert simulation.meters.functions.refused > 0
    assert simulation.meters.functions.peak == 1


def test_a_batch_that_takes_too_long_comes_again() -> None:
    plan = replace(ONE, drops=4, models=40, call_seconds=NO_TIME | {"states": 25.0})
    simulation = simulate(plan)
    assert endings(simulation) == {"live": 4}
    assert simulation.meters.timed_out == 2
    late = [drop.started for drop in simulation.drops if (drop.started or 0) > 360]
    assert len(late) == 2


def test_an_inspected_drop_holds_its_model_though_another_execution_looks() -> None:
    """Both come in one batch, so both get an execution: the second leaves its drop to the first one's end."""
    simulation = simulate(replace(ONE, drops=2))
    assert simulation.meters.executions.peak == 2
    assert simulation.meters.rates[START].total == 3


def test_the_report_names_every_quota_and_scenario() -> None:
    simulation = simulate(ONE)
    text = report(simulation, [Scenario("as it is", simulation)])
    assert "| as it is | 1 | 0 | 0 | 0 | 30 s | 30 s | 30 s |" in text
    for name, quota in RATES.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
        assert f"{quota.burst:,.0f}, {quota.rate:,.0f}" in line
