"""What a checked drop would cost to train, by the functions that the stack itself estimates with."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from cli.inspection import CheckResult
from cli.targets import CONFIG, Target
from contracts.costs import CostEstimate, RateSample
from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import AwsError
from functions.adapters.price_list import HOME_REGIONS, PriceList
from functions.common.lambda_handler import logger
from functions.costs.estimate import Estimator, TrainingRates
from functions.costs.prices import Prices


class NoRates:
    """In place of the stack's book, where it cannot be read."""

    def rates(self, kind: str) -> Sequence[RateSample]:
        return ()


def estimate(result: CheckResult, target: Target) -> CostEstimate | None:
    """None where nothing is trained. Earlier trainings of the stack count where its table can be read."""
    spec = Spec.read(result.spec)
    if spec.archive or spec.hub:
        return None
    with _without_warnings():
        try:
            return _estimate(result, spec, target, book(target))
        except AwsError:
            return _estimate(result, spec, target, NoRates())


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Without the right to read the Price List the table of prices has to do: nothing to log on a terminal."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _estimate(
    result: CheckResult, spec: Spec, target: Target, rates: TrainingRates
) -> CostEstimate:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    estimator = Estimator(Prices(target.region, price_list(target)), rates)
    return estimator.estimate(_record(result, now), spec, now)


def _record(result: CheckResult, now: str) -> RunRecord:
    """As the ledger would hold it by then."""
    identity = {"fingerprint": "", "attempt": 1, "execution": "", "steps": []}
    times = {"started_at": now, "updated_at": now}
    return RunRecord.read({**identity, **times, **result.record})


def book(target: Target) -> TrainingRates:
    table = target.outputs.get("LedgerTable")
    if not table:
        return NoRates()
    return CostBook(target.aws_resource("dynamodb").Table(table), target.stack)


def price_list(target: Target) -> PriceList | None:
    """None of the local cloud, which has none, and of partitions without one."""
    if target.local is not None or not target.region:
        return None
    partition = target.session.get_partition_for_region(target.region)
    home = HOME_REGIONS.get(partition)
    if home is None:
        return None
    return PriceList(target.session.client("pricing", region_name=home, config=CONFIG))
