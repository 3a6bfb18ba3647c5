"""`traindrop costs`: what a month has cost, what bills now, and what the month will come to."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.models import moment
from contracts.costs import BillingNow, ModelCosts, MonthCosts
from localcloud.display import table

COLUMNS = ("model", "training", "endpoint", "batches", "together", "runs")
BILLING_COLUMNS = ("bills now", "for", "since", "on", "an hour")


def show_costs(
    call: Invocation,
    month: Annotated[
        str,
        typer.Argument(
            help="Such as 2026-11; the present one by default.", show_default=False
        ),
    ] = "",
) -> ExitCode:
    """Shows what a month has cost by model, what bills now, and a forecast."""
    costs = call.api.costs(month or None)
    call.write_json(costs)
    if costs.models:
        rows = [model_row(item) for item in costs.models]
        call.show(table(f"{costs.month}, in USD", COLUMNS, rows))
    if costs.bills_now:
        rows = [billing_row(item) for item in costs.bills_now]
        call.show(table("What bills now", BILLING_COLUMNS, rows))
    call.write("\n".join(summary_lines(costs)))
    return ExitCode.DONE


def usd(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:.2f}"


def model_row(item: ModelCosts) -> tuple[str, ...]:
    return (
        item.model,
        usd(item.training_usd),
        usd(item.endpoint_usd),
        usd(item.batch_usd),
        usd(item.usd),
        f"{len(item.runs)}",
    )


def billing_row(item: BillingNow) -> tuple[str, ...]:
    machine = item.instance_type or "no instance yet"
    count = f"{item.instance_count} x " if item.instance_count > 1 else ""
    return (
        item.name,
        item.model,
        moment(item.since),
        f"{count}{machine}",
        usd(item.usd_per_hour),
    )


def summary_lines(costs: MonthCosts) -> list[str]:
    lines = [
        f"{costs.month}: {usd(costs.usd)} USD so far, {usd(costs.forecast_usd)} USD expected. {costs.forecast}"
    ]
    if costs.unknown_prices:
        lines.append(
            f"Left out, for want of a price: {', '.join(costs.unknown_prices)}"
        )
    if costs.not_counted:
        lines.append(f"Not counted: {'; '.join(costs.not_counted)}")
    return lines
