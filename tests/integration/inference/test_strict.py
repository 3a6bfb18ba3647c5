"""Strict mode beside what the container answered, as `make test-contract` recorded it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import recorded
from tests.contract.asking import ask, wait_until_ready
from tests.contract.compare import same
from tests.contract.differences import STRICT
from tests.contract.requests import ContractRequest
from tests.contract.stages import STAGES, Stage
from tests.integration.inference.process import serving

RECORDED = (
    Path(__file__).parents[2] / "unit" / "inference" / "golden" / "container.json"
)
HERE = [
    stage
    for stage in STAGES
    if stage.name in ("classifier", "steps", "predict", "transform")
]
SLOW_LOAD = """
import time
def model_fn(model_dir):
    time.sleep(3)
def transform_fn(model, body, content_type, accept):
    return "loaded"
"""


@pytest.mark.parametrize("stage", HERE, ids=lambda stage: stage.name)
def test_strict_mode_answers_as_the_container_did(stage: Stage, tmp_path: Path) -> None:
    theirs = recorded.read(RECORDED)[stage.name]
    with serving(stage.build(tmp_path / "model"), "--strict") as server:
        wait_until_ready(server.port)
        requests = list(stage.requests())
        assert [request.name for request in requests] == list(theirs)
        pairs = [
            (request, theirs[request.name], ask(server.port, request))
            for request in requests
        ]
    differing = [pair for pair in pairs if not same(*pair[1:])]
    assert [
        pair for pair in differing if not any(row.applies(*pair) for row in STRICT)
    ] == []


def test_strict_mode_is_healthy_at_once_and_its_first_request_waits_for_the_model(
    tmp_path: Path,
) -> None:
    model = Stage("slow", list, script=SLOW_LOAD).build(tmp_path / "model")
    with serving(model, TRAINDROP_STRICT="1") as server:
        while (status := server.ping()) is None:
            pass
        response = ask(server.port, ContractRequest("first"))
    assert (status, response.status, response.body) == (200, 200, b"loaded")


def test_errors_close_the_connection_and_nothing_is_to_be_cached(
    tmp_path: Path,
) -> None:
    model = Stage(
        "plain", list, script=SLOW_LOAD.replace("sleep(3)", "sleep(0)")
    ).build(tmp_path / "model")
    with serving(model, "--strict") as server:
        wait_until_ready(server.port)
        good, bad = server.post({}), server.client.get("/nowhere")
    assert (good.headers["pragma"], good.headers["expires"]) == (
        "no-cache",
        "Thu, 01 Jan 1970 00:00:00 UTC",
    )
    assert "connection" not in good.headers
    assert bad.headers["connection"] == "close"
    assert good.headers["x-request-id"] != bad.headers["x-request-id"]
