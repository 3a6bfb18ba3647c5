"""The Lambda function `judge`."""

from __future__ import annotations

from functions.adapters import clients
from functions.common.lambda_handler import Event, Result, lambda_handler
from functions.judge.judge import judge as judge_run


@lambda_handler
def judge(event: Event) -> Result:
    return judge_run(
        event["run"],
        clients.ledger_of(event.get("execution")),
        clients.storage(),
        clients.cost_book(),
    )
