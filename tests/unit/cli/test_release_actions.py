from __future__ import annotations

import json
from typing import Any

import pytest

from cli.release_actions import change_text
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.functions.api.client import Client
from traindrop import ApiError
from traindrop import Client as ApiClient


class Releases:
    """In place of the client's calls that put a run live: what was called, and what is answered."""

    def __init__(self, call: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.errors: list[ApiError] = []
        self._record = call.ledger.add("reviews-1", status="superseded")
        for name in ("rollback", "promote", "approve"):
            monkeypatch.setattr(ApiClient, name, self._method(name))

    def _method(self, name: str) -> Any:
        def method(client: object, *arguments: Any, **options: Any) -> Any:
            self.calls.append((name, *arguments, options["accept_label_change"]))
            if self.errors:
                raise self.errors.pop(0)
            return self._record

        return method


@pytest.fixture
def releases(call: Client, monkeypatch: pytest.MonkeyPatch) -> Releases:
    return Releases(call, monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rollback", "reviews"], ("rollback", "reviews", None, False)),
        (
            ["rollback", "reviews", "--to", "r", "--accept-label-change"],
            ("rollback", "reviews", "r", True),
        ),
        (["promote", "reviews", "r"], ("promote", "reviews", "r", False)),
        (["approve", "r"], ("approve", "r", False)),
    ],
)
def test_a_release_is_put_live_and_followed(
    traindrop: Run,
    target: MemoryTarget,
    releases: Releases,
    arguments: list[str],
    expected: tuple[Any, ...],
) -> None:
    code, output, _ = traindrop(*arguments, "--yes")
    assert code == 0
    assert releases.calls == [expected]
    assert "SUPERSEDED: reviews-1" in output


def test_changed_labels_are_shown_and_accepted_by_hand(
    traindrop: Run, target: MemoryTarget, releases: Releases
) -> None:
    changes = {"added": ["spam"], "removed": ["ham"]}
    error = ApiError(409, "label_change", "…", details={"label_changes": changes})
    releases.errors = [error]
    code, _, errors = traindrop("rollback", "reviews", "--yes", "--detach")
    assert code == 0
    assert "its labels differ from the live model's: +spam -ham" in errors
    assert [item[-1] for item in releases.calls] == [False, True]


def test_another_refusal_is_not_asked_about(
    traindrop: Run, target: MemoryTarget, releases: Releases
) -> None:
    releases.errors = [ApiError(409, "no_earlier_release", "There is none.")]
    code, _, errors = traindrop("rollback", "reviews", "--yes")
    assert (code, errors) == (1, "traindrop: There is none.\n")


def test_nobody_to_ask_puts_nothing_live(
    traindrop: Run, target: MemoryTarget, releases: Releases
) -> None:
    code, _, errors = traindrop("promote", "reviews", "r")
    assert code == 1
    assert "Put r of reviews live (a test's stack)?" in errors
    assert releases.calls == []


def test_a_change_of_task_is_part_of_the_text() -> None:
    assert change_text({"task": "fill-mask"}).endswith("task is fill-mask")


def test_a_model_without_a_run_in_progress_has_nothing_to_stop(
    traindrop: Run, live_model: Client
) -> None:
    code, _, errors = traindrop("stop", "reviews", "--yes")
    assert code == 1
    assert "a model with a run in progress; found 'reviews', which has none" in errors


def test_a_failed_run_is_retried_by_its_models_name(
    traindrop: Run,
    target: MemoryTarget,
    call: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = call.ledger.add("reviews-1", status="failed")
    retried: list[str] = []

    def retry(client: object, run: str) -> Any:
        retried.append(run)
        return record

    monkeypatch.setattr(ApiClient, "retry", retry)
    code, output, _ = traindrop("retry", "reviews", "--detach", "--json")
    assert (code, retried, json.loads(output)["run"]) == (0, ["reviews-1"], "reviews-1")
