from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud.engine import state_keeper
from localcloud.engine.state_keeper import StateKeeper, previous_path


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., StateKeeper]]:
    monkeypatch.setattr(state_keeper, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(state_keeper, "SETTLE_SECONDS", 0.5)
    keepers = []

    def make(
        values: dict[str, str], take: Callable[[str], str | None] | None = None
    ) -> StateKeeper:
        keeper = StateKeeper(
            tmp_path / "metadata", lambda: list(values), take or values.get
        )
        keepers.append(keeper)
        keeper.start()
        return keeper

    yield make
    for keeper in keepers:
        keeper.stop()


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 3
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_touched_file_is_on_disk_when_the_wait_ends(
    start: Callable[..., StateKeeper], tmp_path: Path
) -> None:
    values = {"a": "1"}
    keeper = start(values)
    for number in range(20):
        values["a"] = str(number)
        keeper.mark_changed("a")
        assert keeper.wait_until_saved("a")
        assert (tmp_path / "metadata" / "a.json").read_text() == str(number)


def test_the_save_before_the_last_is_kept(
    start: Callable[..., StateKeeper], tmp_path: Path
) -> None:
    values = {"a": "1"}
    keeper = start(values)
    for number in range(3):
        values["a"] = str(number)
        keeper.mark_changed("a")
        assert keeper.wait_until_saved("a")
    path = tmp_path / "metadata" / "a.json"
    assert (path.read_text(), previous_path(path).read_text()) == ("2", "1")
    assert not list(path.parent.glob("*.tmp"))


def test_untouched_files_follow_in_a_sweep_and_once_more_at_the_end(
    start: Callable[..., StateKeeper], tmp_path: Path
) -> None:
    values = {"a": "1", "b": "1"}
    keeper = start(values)
    b = tmp_path / "metadata" / "b.json"
    keeper.mark_changed("a")
    eventually(b.exists)
    values["b"] = "late"
    eventually(lambda: b.read_text() == "late")
    values["b"] = "unannounced"
    time.sleep(0.7)
    assert b.read_text() == "late"
    keeper.schedule_sweep()
    eventually(lambda: b.read_text() == "unannounced")


def test_a_save_that_fails_is_tried_again(
    start: Callable[..., StateKeeper], tmp_path: Path
) -> None:
    tries = []

    def take(name: str) -> str:
        tries.append(name)
        if len(tries) < 3:
            raise RuntimeError("dictionary changed size during iteration")
        return "saved"

    keeper = start({"a": ""}, take)
    keeper.mark_changed("a")
    eventually((tmp_path / "metadata" / "a.json").exists)
    assert keeper.wait_until_saved("a")


def test_slow_saves_take_a_small_part_of_the_time(
    start: Callable[..., StateKeeper],
) -> None:
    saves = []

    def take(name: str) -> str:
        saves.append(name)
        time.sleep(0.02)
        return str(len(saves))

    keeper = start({"a": ""}, take)
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        keeper.mark_changed("a")
        time.sleep(0.001)
    assert 2 <= len(saves) <= 8


def test_waiting_gives_up_in_time(start: Callable[..., StateKeeper]) -> None:
    def take(name: str) -> str:
        time.sleep(0.3)
        return ""

    keeper = start({"a": ""}, take)
    keeper.mark_changed("a")
    assert not keeper.wait_until_saved("a", 0.05)


def test_nothing_to_save_leaves_the_file_alone(
    start: Callable[..., StateKeeper], tmp_path: Path
) -> None:
    keeper = start({"a": ""}, lambda name: None)
    (tmp_path / "metadata" / "a.json").write_text("before")
    keeper.mark_changed("a")
    assert keeper.wait_until_saved("a")
    assert (tmp_path / "metadata" / "a.json").read_text() == "before"
