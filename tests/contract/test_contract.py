"""The container's server and ours, asked the same; `make test-contract`. TRAINDROP_RECORD=1 keeps what it answered."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.serving_peers.container import container, free_port
from tests.contract import recorded
from tests.contract.asking import Answer, ask, ask_container, wait_until_ready
from tests.contract.compare import same
from tests.contract.differences import OURS, STRICT
from tests.contract.stages import STAGES, Stage
from tests.integration.inference.process import serving

pytestmark = [pytest.mark.contract, pytest.mark.timeout(600)]

Counts = Counter[str]
RECORDED = (
    Path(__file__).parents[1] / "unit" / "inference" / "golden" / "container.json"
)


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, Counts]]:
    """By the server of ours: how many answers were equal, and how many different, by kind."""
    counts: dict[str, Counts] = {"strict": Counter(), "normal": Counter()}
    yield counts
    for mode, kinds in counts.items():
        print(f"\n{mode}: {kinds.total()} requests, {kinds['equal']} answered alike")
        for kind, number in kinds.most_common():
            print(f"  {number:5}  {kind}")


@pytest.fixture(scope="module")
def answers() -> Iterator[recorded.Answers]:
    counts: recorded.Answers = {}
    yield counts
    if os.environ.get("TRAINDROP_RECORD"):
        recorded.write(RECORDED, counts)


def answers_of_container(stage: Stage, model: Path) -> dict[str, Answer]:
    port = free_port()
    with container(model, port):
        wait_until_ready(port)
        return {
            request.name: ask_container(port, request) for request in stage.requests()
        }


def answers_of_ours(stage: Stage, model: Path, *arguments: str) -> dict[str, Answer]:
    with serving(model, *arguments) as server:
        wait_until_ready(server.port)
        return {request.name: ask(server.port, request) for request in stage.requests()}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_both_servers_answer_alike_but_for_what_is_deliberate(
    stage: Stage, tmp_path: Path, answers: recorded.Answers, counts: dict[str, Counts]
) -> None:
    model = stage.build(tmp_path / "model")
    theirs = answers[stage.name] = answers_of_container(stage, model)
    for mode, arguments, table in (
        ("strict", ["--strict"], STRICT),
        ("normal", [], OURS),
    ):
        ours = answers_of_ours(stage, model, *arguments)
        unexplained = []
        for request in stage.requests():
            pair = theirs[request.name], ours[request.name]
            kind = (
                "equal"
                if same(*pair)
                else next(
                    (row.name for row in table if row.applies(request, *pair)), None
                )
            )
            counts[mode][kind or "unexplained"] += 1
            unexplained += [] if kind else [(request.name, *pair)]
        assert unexplained == [], mode


def test_no_difference_is_told_that_there_is_not(counts: dict[str, Counts]) -> None:
    """Runs last: all stages were asked."""
    for mode, table in (("strict", STRICT), ("normal", OURS)):
        assert [row.name for row in table if not counts[mode][row.name]] == []
