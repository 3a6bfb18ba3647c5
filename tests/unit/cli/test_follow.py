from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cli.run_search import drop_state
from contracts.run_record import RunRecord
from functions.common.names import run_name
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import BUCKET, UPLOADED, MemoryS3, MemoryTarget
from tests.unit.functions.api.client import Client
from traindrop import Client as ApiClient
from traindrop import ConnectError

LATER = (UPLOADED + timedelta(seconds=3)).isoformat()


@pytest.mark.parametrize(
    "ending",
    [
        ("live", 0, "  Report: traindrop report reviews --open"),
        ("kept back", 4, "  Put it live all the same: traindrop promote reviews r-1"),
        ("rejected", 5, "  Correct the files, then drop them again."),
        ("failed", 6, "  Go on from where it failed: traindrop retry r-1"),
        ("stopped", 6, "  Go on from where it stopped: traindrop retry r-1"),
    ],
)
def test_the_exit_code_is_how_the_run_ended(
    traindrop: Run,
    target: MemoryTarget,
    call: Client,
    ending: tuple[str, int, str],
) -> None:
    status, code, last = ending
    call.ledger.add("r-1", status=status, ended_at=LATER)
    actual, output, _ = traindrop("watch", "r-1")
    assert (actual, output.splitlines()[-1]) == (code, last)
    assert f"{status.upper()}: r-1 after 3 s" in output


def test_a_lost_connection_ends_nothing(
    traindrop: Run,
    target: MemoryTarget,
    call: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call.ledger.add("r-1", status="live", ended_at=LATER)
    connected, losses = ApiClient.follow, [ConnectError("no route to host")]

    def follow(client: ApiClient, run: str) -> Iterator[RunRecord]:
        if losses:
            raise losses.pop()
        yield from connected(client, run)

    monkeypatch.setattr(ApiClient, "follow", follow)
    code, _, errors = traindrop("watch", "r-1")
    assert code == 0
    assert "the connection is lost; the run goes on." in errors


def test_a_model_without_a_new_drop_is_said_to_have_none(
    traindrop: Run, target: MemoryTarget, call: Client, s3: MemoryS3
) -> None:
    s3.objects["datasets/reviews/data.csv"] = b"text,label\n"
    state = drop_state(s3, BUCKET, "reviews")
    assert state is not None
    name = run_name("reviews", state.fingerprint, 1)
    call.ledger.add(name, status="rejected", started_at=LATER, ended_at=LATER)
    code, output, errors = traindrop("watch", "reviews", "--json")
    assert code == 5
    assert json.loads(output)["run"] == name
    assert "no new drop of reviews: its last run began 2026-05-01 12:00 UTC" in errors


def test_what_is_neither_run_nor_model_is_an_error_with_the_models(
    traindrop: Run, target: MemoryTarget, call: Client
) -> None:
    call.ledger.add("reviews-1", status="live")
    code, _, errors = traindrop("watch", "nobody")
    assert (code, errors) == (
        1,
        "traindrop: expected a run, or a model with files or runs; found 'nobody'. Models: reviews.\n",
    )
