from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import serving
from benchmarks.processes import ServerError, ServerProcess
from benchmarks.serving import Bench, cell_of, measure, round_robin
from benchmarks.serving_contestants import Contestant
from benchmarks.serving_load import Load
from benchmarks.serving_model import Answer


def test_every_round_has_all_and_another_first() -> None:
    assert list(round_robin(["a", "b", "c"], 2)) == ["a", "b", "c", "b", "c", "a"]


def test_a_cell_counts_what_was_answered() -> None:
    load = Load(
        2.0, [0.01, 0.03, 0.02, 0.04], {"503": 2, "connection lost": 1}, 0.05, 0.4, {}
    )
    cell = cell_of(load)
    assert (cell.p50_ms, cell.p99_ms, cell.rate, cell.cpu_ms) == pytest.approx(
        (20, 40, 2, 100)
    )
    assert (cell.load_cpu, cell.errors) == (0.05, 3)


class Stage:
    """Contestants whose models and servers cost no time but on this clock, and what was done with them, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.events: list[str] = []
        self.contestants: dict[str, Contestant] = {}
        monkeypatch.setattr(serving, "CONTESTANTS", self.contestants)
        monkeypatch.setattr(serving, "texts", lambda: ["a"])
        monkeypatch.setattr(serving, "reference", lambda: [Answer("POSITIVE", 0.7)])
        monkeypatch.setattr(serving, "free_port", lambda: 20_000)
        monkeypatch.setattr(serving, "memory_mb", lambda pid: 1.0)
        monkeypatch.setattr(serving, "run_in_process", self.load)
        monkeypatch.setattr(serving, "first_answer", self.first_answer)

    def add(self, name: str, prepare_seconds: float, start_seconds: float) -> None:
        """`prepare_seconds` are taken by the first preparation only, as the export of a graph is."""
        left = [prepare_seconds]

        def prepare() -> Path:
            self.events.append(f"prepare {name}")
            self.now += left.pop() if left else 0
            return Path(name)

        @contextmanager
        def start(model: Path, _: int) -> Iterator[ServerProcess]:
            assert model == Path(name)
            self.events.append(f"start {name}")
            started_at = self.now
            self.now += start_seconds
            yield ServerProcess(1, started_at)

        self.contestants[name] = Contestant(name, prepare, start)

    def first_answer(self, *_: object) -> float:
        return self.now

    def load(self, _: object) -> Load:
        self.events.append("load")
        self.now += 5
        return Load(5.0, [0.1], {}, 0.1, 1.0, {})


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_a_start_is_measured_without_the_making_of_the_model(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(monkeypatch)
    stage.add("ours", prepare_seconds=6.0, start_seconds=0.5)
    stage.add("peer", prepare_seconds=0.0, start_seconds=8.0)
    bench = Bench([1], 0.0, 5.0)
    assert measure(bench, ["ours", "peer"], rounds) == {}
    starts = {
        name: [one_round.start_seconds for one_round in bench.rounds[name]]
        for name in bench.rounds
    }
    assert starts == {"ours": [0.5] * rounds, "peer": [8.0] * rounds}


def test_every_model_is_made_and_every_server_started_once_before_the_first_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(monkeypatch)
    for name in ("ours", "peer"):
        stage.add(name, prepare_seconds=1.0, start_seconds=1.0)
    measure(Bench([1], 0.0, 5.0), ["ours", "peer"], 1)
    before = stage.events[: stage.events.index("load")]
    assert before[:4] == ["prepare ours", "start ours", "prepare peer", "start peer"]


def test_a_server_that_does_not_start_is_left_out_of_every_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(monkeypatch)
    stage.add("ours", prepare_seconds=0.0, start_seconds=1.0)

    def never(*_: object) -> float:
        raise ServerError("expected an answer; found none.")

    monkeypatch.setattr(serving, "first_answer", never)
    bench = Bench([1], 0.0, 5.0)
    assert measure(bench, ["ours"], 3) == {"ours": "expected an answer; found none."}
    assert bench.rounds == {}
    assert stage.events.count("start ours") == 1


def test_servers_that_run_beside_each_other_take_turns_of_one_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(monkeypatch)
    stage.add("ours", prepare_seconds=0.0, start_seconds=0.5)
    stage.add("peer", prepare_seconds=0.0, start_seconds=8.0)
    bench = Bench([1, 16], 0.0, 5.0)
    bench.run_beside(list(stage.contestants.values()), 2)
    assert stage.events == [
        *("prepare ours", "start ours", "prepare peer", "start peer"),
        *["load"] * 8,
    ]
    assert [list(one_round.cells) for one_round in bench.rounds["ours"]] == [
        [1, 16],
        [1, 16],
    ]
    assert [one_round.start_seconds for one_round in bench.rounds["peer"]] == [8.0, 8.0]
