"""Drops, and an inspection on fakes to put them into."""

from __future__ import annotations

from typing import Any

from contracts.problems import Problem
from functions.adapters.hub import HubModel
from functions.common.settings import Settings
from functions.inspect.inspection import Inspection
from functions.inspect.preparation import LookUpInHub
from functions.inspect.settings_file import Hub
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage, now

SETTINGS = Settings(
    stack="shop",
    data_bucket="shop-data",
    ledger_table="shop-ledger",
    base_model="some/model",
    training_instance_types=("ml.g5.xlarge",),
)


def _no_hub(wanted: Hub) -> HubModel | Problem:
    raise AssertionError("this drop names no model of the Hub")


class Desk:
    """One inspection desk: drop files, inspect, look at the run."""

    def __init__(
        self,
        settings: Settings = SETTINGS,
        hub: LookUpInHub = _no_hub,
    ) -> None:
        self.bucket, self.ledger = MemoryStorage(), MemoryLedger()
        self.inspection = Inspection(self.bucket, self.ledger, settings, now, hub)

    def inspect(
        self, files: dict[str, bytes | str], model: str = "reviews"
    ) -> dict[str, Any]:
        """Drops files into a model's folder and inspects the last one; the answer and the run's record."""
        for name, content in files.items():
            self.bucket.drop(f"datasets/{model}/{name}", content)
        answer = self.inspection.inspect(
            f"datasets/{model}/{list(files)[-1]}", "execution-1"
        )
        return answer | self.ledger.run_records[answer["run"]]


def reviews(rows: int = 20, header: str = "text,label", start: int = 0) -> str:
    """A CSV of different texts, alternating between two labels."""
    lines = [
        f"a film of kind {i},{'good' if i % 2 else 'bad'}"
        for i in range(start, start + rows)
    ]
    return "\n".join([header, *lines]) + "\n"


def messages(files: dict[str, bytes | str]) -> list[str]:
    """What a refused drop is told."""
    seen = Desk().inspect(files)
    assert seen["outcome"] == seen["status"] == "rejected", seen
    assert seen["ended_at"]
    return [problem["message"] for problem in seen["problems"]]
