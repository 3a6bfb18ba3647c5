"""`make scale`: what 10,000 drops a day of 1,000 models take of an AWS account, and what its quotas make of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.scale_calls import CallCounts, count_calls
from benchmarks.scale_plan import Plan
from benchmarks.scale_quotas import LAMBDA_CONCURRENCY, SERVERLESS_ENDPOINTS
from benchmarks.scale_report import BEGIN, END, Scenario, report
from benchmarks.scale_simulation import Simulation
from tests.unit.statemachine import interpreter
from tools.marked_section import replace_section

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
NEEDED = "all quotas as large as needed"
NEW_ACCOUNT_CONCURRENCY = 10


def plans(whole: Plan) -> Mapping[str, Plan]:
    """Name of a scenario -> its plan; what a drop takes is the same in all."""
    concurrency = LAMBDA_CONCURRENCY.most
    return {
        NEEDED: whole,
        "100 training instances": replace(whole, instances=100),
        "150 training instances": replace(whole, instances=150),
        f"{SERVERLESS_ENDPOINTS.most:.0f} serverless endpoints": replace(
            whole, endpoints=SERVERLESS_ENDPOINTS.most
        ),
        f"{NEW_ACCOUNT_CONCURRENCY} functions at once": replace(
            whole, lambda_concurrency=NEW_ACCOUNT_CONCURRENCY
        ),
        f"all in one hour, {concurrency:,.0f} functions at once": replace(
            whole, arrival_seconds=3600, lambda_concurrency=concurrency
        ),
        f"all in one minute, {concurrency:,.0f} functions at once": replace(
            whole, arrival_seconds=60, lambda_concurrency=concurrency
        ),
        "the same, 1,000 events a batch": replace(
            whole,
            arrival_seconds=60,
            lambda_concurrency=concurrency,
            arrive_batch=1000,
        ),
    }


def simulate(plan: Plan, calls: CallCounts) -> Simulation:
    definition = interpreter.load(GraceSeconds=round(plan.grace_seconds))
    simulation = Simulation(plan, calls, definition)
    simulation.run()
    return simulation


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description=__doc__
    )
    parser.add_argument("--drops", type=int, default=Plan.drops)
    parser.add_argument("--models", type=int, default=Plan.models)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(arguments)
    calls = count_calls()
    whole = Plan(drops=options.drops, models=options.models)
    scenarios = []
    for name, plan in plans(whole).items():
        scenarios.append(Scenario(name, simulate(plan, calls)))
        print(f"{name}: done", file=sys.stderr, flush=True)
    text = report(scenarios[0].simulation, scenarios)
    print(text)
    if options.write:
        PAGE.write_text(replace_section(PAGE.read_text(), BEGIN, END, f"\n{text}\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
