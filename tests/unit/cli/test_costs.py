from __future__ import annotations

from cli.costs import COLUMNS, model_row
from contracts.costs import ModelCosts


def test_the_columns_of_a_model_add_up() -> None:
    costs = ModelCosts(
        model="reviews",
        training_usd=1.0,
        endpoint_usd=2.0,
        batch_usd=0.5,
        usd=3.5,
        training_seconds=0,
        endpoint_seconds=0,
        runs=("reviews-1",),
    )
    row = dict(zip(COLUMNS, model_row(costs), strict=True))
    together = float(row.pop("together"))
    assert (row.pop("model"), row.pop("runs")) == ("reviews", "1")
    assert sum(float(amount) for amount in row.values()) == together == 3.5
    assert row["batches"] == "0.50"
