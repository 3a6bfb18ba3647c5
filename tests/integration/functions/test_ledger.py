"""Claims at the same time, which only a real table can decide."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from contracts.model_record import Claim, Drop
from functions.adapters.ledger import Ledger
from tests.unit.functions.adapters.claims import FIRST, RUN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def test_five_claims_at_once_give_one_run(table: Table) -> None:
    def claim(execution: str) -> Claim:
        return Ledger(table, "traindrop").claim(FIRST, execution)

    with ThreadPoolExecutor(5) as pool:
        claims = list(pool.map(claim, [f"e{i}" for i in range(5)]))
    assert sorted(claim.outcome for claim in claims) == ["claimed"] + ["duplicate"] * 4
    assert {claim.run for claim in claims} == {RUN}
    assert len(Ledger(table, "traindrop").runs()) == 1


def test_claims_of_different_drops_of_one_model_at_once_give_one_run(
    table: Table,
) -> None:
    drops = [Drop("reviews", letter * 64, "v1") for letter in "abcde"]
    with ThreadPoolExecutor(5) as pool:
        claims = list(
            pool.map(
                lambda drop: Ledger(table, "traindrop").claim(drop, drop.fingerprint),
                drops,
            )
        )
    assert sorted(claim.outcome for claim in claims) == ["busy"] * 4 + ["claimed"]
