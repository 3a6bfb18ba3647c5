"""What AWS allows an account, as `make scale` compares it with what the drops of a day take.

The figures are those of AWS's public pages, of which copies were read on 2026-11-29; `note` says what else is known.
An account's own quotas are in Service Quotas; `make preflight` asks for some of them.
"""

from __future__ import annotations

from dataclasses import dataclass

STATES_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
LAMBDA_PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
SERVERLESS_PAGE = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"
)
SAGEMAKER_PAGE = "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html"


@dataclass(frozen=True)
class RateQuota:
    """Calls of one operation: a bucket of `burst`, refilled by `rate` a second. Of regions, the smaller ones."""

    burst: float
    rate: float
    page: str
    note: str = ""


@dataclass(frozen=True)
class CountQuota:
    """How many of something may exist at a moment."""

    most: float
    page: str
    note: str = ""


RATES = {
    "states StartExecution": RateQuota(
        800, 150, STATES_PAGE, "1,300 and 300 in us-east-1, us-west-2, eu-west-1"
    ),
    "states StateTransition": RateQuota(
        800, 500, STATES_PAGE, "5,000 and 1,500 there; less in new accounts"
    ),
    "states DescribeExecution": RateQuota(250, 10, STATES_PAGE, "300 and 15 there"),
}
"""The last copy with these tables is of 2022; AWS says that it may raise them at any time."""
LAMBDA_CONCURRENCY = CountQuota(1000, LAMBDA_PAGE, "less in new accounts, often 10")
SERVERLESS_ENDPOINTS = CountQuota(50, SERVERLESS_PAGE)
SERVERLESS_CONCURRENCY = CountQuota(
    200,
    SERVERLESS_PAGE,
    "over all endpoints; 500 or 1,000 in newer copies, 10 reported from new accounts",
)
OPEN_EXECUTIONS = CountQuota(1_000_000, STATES_PAGE)
