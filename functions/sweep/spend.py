"""What the month has cost so far, as numbers for CloudWatch: an alarm of the stack watches the second."""

from __future__ import annotations

from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from functions.adapters.cost_book import CostBook, month_of
from functions.adapters.errors import AwsError
from functions.common.lambda_handler import logger, metrics
from functions.costs.report import month_costs

MONTH_USD = "MonthUsd"
BUDGET_PERCENT = "MonthBudgetPercent"


def spend_of(book: CostBook, monthly_budget: float, now: datetime) -> dict[str, float]:
    """USD booked and billed in this month, and its share of the budget in percent, where there is one."""
    usd = month_costs(book, month_of(now.isoformat()), now).usd
    spend = {MONTH_USD: usd}
    if monthly_budget:
        spend[BUDGET_PERCENT] = round(100 * usd / monthly_budget, 2)
    return spend


def measure_spend(book: CostBook, monthly_budget: float, now: datetime) -> None:
    """Puts the numbers beside the function's own metrics; without an answer of the ledger there are none this time."""
    try:
        spend = spend_of(book, monthly_budget, now)
    except AwsError as error:
        logger.warning(
            "the month's costs could not be read", extra={"error": str(error)}
        )
        return
    for name, value in spend.items():
        unit = MetricUnit.Percent if name == BUDGET_PERCENT else MetricUnit.NoUnit
        metrics.add_metric(name, unit, value)
