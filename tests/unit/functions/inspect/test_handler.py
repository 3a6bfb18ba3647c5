from __future__ import annotations

from functions.inspect.handler import inspect_drop
from tests.unit.functions.called import called
from tests.unit.functions.drops import reviews
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage, Outbox


def test_a_drop_becomes_a_run(
    outbox: Outbox, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    key = "datasets/reviews/a.csv"
    storage.drop(key, reviews(), age=10**8)
    answer = called(inspect_drop, bucket="data", key=key, execution="first")
    assert (answer["outcome"], answer["model"]) == ("ready", "reviews")
    assert ledger.get_run(answer["run"]).write()["execution"] == "first"
    again = called(inspect_drop, bucket="data", key=key, execution="second")
    assert again["outcome"] == "duplicate"
