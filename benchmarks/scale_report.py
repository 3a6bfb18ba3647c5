"""What a simulated day came to, as Markdown: use beside quotas, waits, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.scale_plan import DAY
from benchmarks.scale_quotas import (
    LAMBDA_CONCURRENCY,
    OPEN_EXECUTIONS,
    RATES,
    SERVERLESS_CONCURRENCY,
    SERVERLESS_ENDPOINTS,
    CountQuota,
)
from benchmarks.scale_simulation import Drop, Simulation
from benchmarks.serving_table import percentile

BEGIN, END = "<!-- make scale writes this -->", "<!-- end of the simulation -->"
ENDPOINT_CONCURRENCY = 5
"""`ServerlessMaxConcurrency` of the template."""
TRANSITION_USD, GIGABYTE_SECOND_USD, INVOCATION_USD = 25e-6, 13.3334e-6, 0.2e-6
"""Of Step Functions and of Lambda (arm64) in us-east-1."""
SHOWN_RATES = (
    "states StateTransition",
    "states StartExecution",
    "states DescribeExecution",
    "sagemaker CreateTrainingJob",
    "sagemaker DescribeTrainingJob",
    "sagemaker CreateModel",
    "sagemaker CreateEndpointConfig",
    "sagemaker CreateEndpoint",
    "sagemaker UpdateEndpoint",
    "sagemaker DescribeEndpoint",
    "sagemaker DescribeEndpointConfig",
    "sagemaker ListTags",
    "dynamodb GetItem",
    "dynamodb UpdateItem",
)


@dataclass(frozen=True)
class Scenario:
    name: str
    simulation: Simulation


def rates_table(simulation: Simulation) -> str:
    """Calls a second beside the token bucket of their operation."""
    lines = [
        "| calls | a day | mean a second | most in a second | quota (burst, a second) | refused |",
        "|---|---|---|---|---|---|",
    ]
    for name in SHOWN_RATES:
        meter = simulation.meters.rates[name]
        quota = RATES.get(name)
        allowed, refused = "not published", "-"
        if quota:
            allowed = f"{quota.burst:,.0f}, {quota.rate:,.0f}"
            refused = f"{meter.refused(quota.burst, quota.rate):,.0f}"
        lines.append(
            f"| {name} | {meter.total:,.0f} | {meter.total / DAY:.2f} | {meter.peak:,.0f} | {allowed} | {refused} |"
        )
    return "\n".join(lines)


def counts_table(simulation: Simulation) -> str:
    """Things at one moment beside how many there may be."""
    meters = simulation.meters
    lines = ["| at once | mean | most | quota |", "|---|---|---|---|"]
    functions = f"{meters.functions.mean(DAY):,.1f}"
    instances = f"{meters.instances.mean(DAY):,.0f}"
    endpoints = meters.endpoints.peak
    concurrency = ENDPOINT_CONCURRENCY * endpoints
    rows: tuple[tuple[str, str, int, CountQuota | None], ...] = (
        ("training instances of a type", instances, meters.instances.peak, None),
        ("serverless endpoints", "", endpoints, SERVERLESS_ENDPOINTS),
        ("their concurrency", "", concurrency, SERVERLESS_CONCURRENCY),
        ("functions", functions, meters.functions.peak, LAMBDA_CONCURRENCY),
        ("open executions", "", meters.executions.peak, OPEN_EXECUTIONS),
    )
    for name, mean, most, quota in rows:
        allowed = f"{quota.most:,.0f}" if quota else "0 or few; by type and account"
        lines.append(f"| {name} | {mean or '-'} | {most:,} | {allowed} |")
    return "\n".join(lines)


def waits_table(scenarios: Sequence[Scenario]) -> str:
    """How drops fare under each set of quotas; waits are from the upload to the creation of the training job."""
    lines = [
        "| | live | not better | replaced | failed | until training: median | 99 % | longest | transitions | "
        "functions refused | notes out of time |",
        "|---" * 11 + "|",
    ]
    for scenario in scenarios:
        drops, meters = scenario.simulation.drops, scenario.simulation.meters
        endings = Counter(drop.ending for drop in drops)
        waits = _waits(drops)
        cells = (
            scenario.name,
            *(
                f"{endings[ending]:,}"
                for ending in ("live", "kept", "replaced", "failed")
            ),
            _duration(percentile(waits, 0.5)),
            _duration(percentile(waits, 0.99)),
            _duration(max(waits)),
            f"{meters.transitions:,}",
            f"{meters.functions.refused:,}",
            f"{meters.timed_out:,}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _waits(drops: Sequence[Drop]) -> list[float]:
    return [drop.started - drop.arrived for drop in drops if drop.started is not None]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def cost_lines(simulation: Simulation) -> str:
    """Of the workflow and its functions; trainings and endpoints come on top."""
    meters = simulation.meters
    transitions = TRANSITION_USD * meters.transitions
    functions = GIGABYTE_SECOND_USD * meters.gigabyte_seconds
    functions += INVOCATION_USD * meters.invocations
    drops = len(simulation.drops)
    return (
        f"{meters.transitions:,} transitions ({meters.transitions / drops:.0f} a drop) cost {transitions:.2f} USD, "
        f"{meters.invocations:,} calls of functions {functions:.2f} USD; a sweep takes {meters.sweep_seconds:.0f} s at "
        "most."
    )


def report(needed: Simulation, scenarios: Sequence[Scenario]) -> str:
    """`needed` had no quotas."""
    return "\n\n".join(
        (
            counts_table(needed),
            rates_table(needed),
            cost_lines(needed),
            waits_table(scenarios),
        )
    )
