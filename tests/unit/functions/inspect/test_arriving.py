"""Drops that arrive slowly, in any order: they end as one run, of all their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from functions.adapters.hub import HubModel
from functions.common.settings import Settings
from functions.inspect.inspection import MAX_SETTLE_PERIODS, Inspection
from functions.inspect.settings_file import Hub
from tests.unit.functions.drops import SETTINGS, reviews
from tests.unit.functions.fakes import NOW, MemoryLedger, MemoryStorage

SETTLE = 30
PAUSE = 100
"""Longer than a drop must be quiet that could be complete, shorter than one that cannot be."""
STATE = json.dumps(
    {
        "_data_files": [
            {"filename": "data-00000-of-00002.arrow"},
            {"filename": "data-00001-of-00002.arrow"},
        ]
    }
)
SAVED = {
    "dataset_dict.json": '{"splits": ["train", "test"]}',
    **{
        f"{split}/{name}": content
        for split in ("train", "test")
        for name, content in (
            ("state.json", STATE),
            ("data-00000-of-00002.arrow", "x"),
            ("data-00001-of-00002.arrow", "x"),
        )
    },
}
SCRIPT = {"code/train.py": "print(1)"}
SLOW: dict[str, dict[str, str]] = {
    "settings, code, then data": {
        "traindrop.yaml": "task: text-classification\n",
        "code/inference.py": "def model_fn(d): ...\n",
        "a.csv": reviews(),
    },
    "test rows, then train rows": {
        "test.csv": reviews(5, start=50),
        "train.csv": reviews(),
    },
    "test folder, then train folder": {
        "test/a.csv": reviews(5, start=50),
        "train/a.csv": reviews(),
    },
    "the archive last": {"code/requirements.txt": "torch\n", "model.tar.gz": "x"},
    "code beside the Hub's name": {
        "code/requirements.txt": "torch\n",
        "traindrop.yaml": "hub:\n  model_id: a/b\n",
    },
}


def expected(wanted: Hub) -> HubModel:
    return HubModel("c0ffee", "fill-mask")


class Clock:
    """Uploads file by file, looks once after each pause, and follows the waits that it is told to the end."""

    def __init__(self, settings: Settings) -> None:
        self.bucket, self.ledger, self.seconds = MemoryStorage(), MemoryLedger(), 0.0
        self.inspection = Inspection(
            self.bucket, self.ledger, settings, self.now, expected
        )

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def upload(self, name: str, content: str) -> None:
        key = f"datasets/m/{name}"
        self.bucket.drop(key, content, age=-self.seconds)

    def look(self) -> tuple[str, int]:
        """What the execution of the newest file's event is told."""
        key = [key for key in self.bucket.objects if key.startswith("datasets/")][-1]
        answer = self.inspection.inspect(key, "e")
        return answer["outcome"], answer.get("wait_seconds", 0)


def runs(files: dict[str, str], pause: float = PAUSE) -> MemoryLedger:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    for name, content in files.items():
        clock.upload(name, content)
        clock.seconds += pause
        clock.look()
    for _ in range(MAX_SETTLE_PERIODS + 2):
        outcome, wait = clock.look()
        if outcome != "arriving":
            break
        clock.seconds += wait
    return clock.ledger


@pytest.mark.parametrize("files", SLOW.values(), ids=SLOW)
def test_what_cannot_be_complete_is_waited_for_longer(files: dict[str, str]) -> None:
    ledger = runs(files)
    assert len(ledger.run_records) == 1
    (run,) = ledger.run_records.values()
    seen = run.get("data") or {}
    assert sorted(seen["files"]) == sorted(files)


def orders() -> Iterator[list[str]]:
    """Some of the orders in which eight files can arrive, with each of them last."""
    for number, order in enumerate(permutations(SAVED)):
        if number % 601 == 0:
            yield list(order)


@pytest.mark.parametrize("order", list(orders()), ids=lambda order: order[-1])
def test_a_saved_dataset_is_one_run_in_any_order(order: list[str]) -> None:
    ledger = runs({**SCRIPT, **{name: SAVED[name] for name in order}})
    assert [run["data"]["channels"] for run in ledger.run_records.values()] == [
        {"test": len(STATE) + 2, "train": len(STATE) + 2}
    ]


def test_pauses_within_the_settling_time_are_no_end() -> None:
    files = {f"train/{i}.csv": reviews(start=20 * i) for i in range(5)} | {
        "test/a.csv": reviews(5, start=500)
    }
    ledger = runs(files, pause=SETTLE - 1)
    assert [run["data"]["rows"] for run in ledger.run_records.values()] == [
        {"train": 100, "test": 5}
    ]


def test_patience_ends_with_a_refusal() -> None:
    ledger = runs({"traindrop.yaml": "task: fill-mask\n"})
    (run,) = ledger.run_records.values()
    assert run["problems"][0]["expected"] == "data, or a model archive"


@pytest.mark.parametrize(
    "text",
    ["hub:\n  model_id: a/b\n", "\ufeffhub :\n  model_id: a/b\n", "# x\nhub: {}\n"],
)
def test_a_model_of_the_hub_waits_for_no_data(text: str) -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    clock.upload("traindrop.yaml", text)
    clock.seconds = SETTLE + 1
    assert clock.look()[0] != "arriving"


@pytest.mark.parametrize(
    "name", ["reviews.arrow", "train.arrow", "train/part.arrow", "train.csv"]
)
def test_a_table_of_its_own_is_not_waited_for(name: str) -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    clock.upload(name, "x")
    clock.seconds = SETTLE + 1
    assert clock.look()[0] == "rejected"


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"_data_files": 1}', '{"_data_files": [{}]}']
)
def test_a_state_that_cannot_be_read_is_not_waited_for(broken: str) -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    for name, content in {"train/state.json": broken, "train/data.arrow": "x"}.items():
        clock.upload(name, content)
    clock.upload("code/train.py", "x = 1")
    clock.seconds = SETTLE + 1
    assert clock.look()[0] == "ready"


def test_the_execution_of_any_file_waits_for_all_of_them() -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    names = [
        f"{label}/{number}.txt" for label in ("neg", "pos") for number in range(100)
    ]
    for number, name in enumerate(names):
        clock.upload(name, f"a text of number {number}")
        clock.seconds += 0.01
    first = f"datasets/m/{names[0]}"
    assert clock.inspection.inspect(first, "e")["outcome"] == "arriving"
    clock.seconds += SETTLE + 1
    assert clock.inspection.inspect(first, "e")["outcome"] == "ready"
    (run,) = clock.ledger.run_records.values()
    assert sum(run["data"]["rows"].values()) == len(names)


def test_an_event_of_a_file_that_is_gone_still_waits() -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    clock.upload("a.csv", reviews())
    answer = clock.inspection.inspect("datasets/m/b.csv", "e")
    assert answer["outcome"] == "arriving"


def test_a_late_execution_of_an_older_file_still_claims_a_quiet_drop() -> None:
    clock = Clock(replace(SETTINGS, settle_seconds=SETTLE))
    clock.upload("train.csv", reviews())
    clock.upload("test.csv", reviews(5, start=50))
    clock.seconds += SETTLE + 1
    assert clock.inspection.inspect("datasets/m/train.csv", "e")["outcome"] == "ready"
