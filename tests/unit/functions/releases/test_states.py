from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.model_record import ModelRecord
from contracts.releases import ReleaseState
from contracts.run_record import RunRecord
from functions.releases.states import (
    earlier_releases,
    newest_first,
    since,
    state_of,
    superfluous,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
KIND = {"kind": "rollback", "at": "t"}


def run(name: str, status: str = "superseded", **fields: object) -> RunRecord:
    archive = {"key": f"models/{name}/model.tar.gz", "version_id": "v", "size": 1}
    content: dict[str, object] = {
        "run": name,
        "model": "m",
        "fingerprint": "f",
        "attempt": 1,
        "status": status,
        "execution": "e",
        "started_at": name,
        "updated_at": name,
        "ended_at": f"{name} end",
        "archive": archive,
        "steps": [{"step": status, "at": f"{name} step"}],
    }
    return RunRecord.read(content | fields)


def model(champion: str | None = None, active: str | None = None) -> ModelRecord:
    return ModelRecord("m", "endpoint", "t", champion=champion, active_run=active)


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (run("1", "live"), "live"),
        (run("2"), "previous"),
        (run("2", "failed", live_since="t"), "previous"),
        (run("2", "deploying", live_since="t", promotion=KIND), "previous"),
        (run("2", "kept back"), "kept back"),
        (run("2", "failed", promotion=KIND), "kept back"),
        (run("2", removed_at="t", live_since="t"), "removed"),
        (run("2", "kept back", removed_at="t"), "removed"),
        (run("2", "failed"), None),
        (run("2", "training"), None),
        (run("2", "rejected"), None),
    ],
)
def test_the_state_of_a_release(record: RunRecord, state: str | None) -> None:
    assert state_of(record, model(champion="1")) == state


def test_since_when_a_release_is_in_its_state() -> None:
    previous = run("1")
    assert since(previous, ReleaseState.PREVIOUS) == "1 step"
    assert since(run("1", "live", live_since="t"), ReleaseState.LIVE) == "t"
    assert since(run("1", removed_at="t"), ReleaseState.REMOVED) == "t"
    assert since(run("1", "failed"), ReleaseState.PREVIOUS) == "1 end"


def test_the_release_that_was_live_last_comes_first() -> None:
    older, newer = run("1", live_since="9"), run("2", live_since="3")
    assert newest_first([newer, older]) == [older, newer]
    gone = run("3", live_since="99", removed_at="t")
    assert earlier_releases([gone, newer, older], model()) == [older, newer]


def test_what_is_kept_of_releases_and_of_the_others() -> None:
    releases = [run(str(n)) for n in range(4)]
    others = [run(f"k{n}", status) for n, status in enumerate(["kept back", "failed"])]
    names = [item.run for item in superfluous([*releases, *others], model("3"), 1, NOW)]
    assert names == ["1", "0", "k0"]


def test_what_is_live_or_in_progress_is_never_superfluous() -> None:
    runs = [run("1", "live"), run("2", "deploying"), run("3")]
    assert superfluous(runs, model("1", active="3"), 0, NOW) == []


def test_a_run_that_may_be_approved_keeps_its_archive_until_then() -> None:
    day = timedelta(days=1)
    approval = {"requested_at": NOW.isoformat(), "until": (NOW + day).isoformat()}
    runs = [run("1", "live"), run("2", "kept back", approval=approval)]
    assert superfluous(runs, model("1"), 0, NOW) == []
    assert superfluous(runs, model("1"), 0, NOW + 2 * day) == [runs[1]]
