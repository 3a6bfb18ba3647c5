"""Following a run over HTTP, against a small server that answers like the API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from contracts.run_record import RunRecord
from localcloud import watch
from localcloud.clients import Api, ApiError
from localcloud.cloud import ENGINE, SAGEMAKER, LocalCloud
from localcloud.watch import (
    UnknownRunError,
    find_run,
    records,
    wait_for_run,
    with_current_metrics,
)
from tests.unit.localcloud.runs import after, run_document

Answer = tuple[int, dict[str, Any]]
MISSING: Answer = (404, {"error": {"message": "no such run"}})


class Server(ThreadingHTTPServer):
    """Answers each path with its list of answers, one a request, the last one for good."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.keys: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.keys.append(self.headers.get("x-api-key"))
        path = unquote(
            urlsplit(self.path).path.removeprefix("/_aws/execute-api/a1/live")
        )
        answers = self.server.answers.get(path, [MISSING])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(
            target=made.serve_forever, kwargs={"poll_interval": 0.02}
        ).start()
        yield made
        made.shutdown()


@pytest.fixture
def cloud(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LocalCloud:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.01)
    port = server.server_address[1]
    outputs = {"ApiId": "a1", "ApiStage": "live"}
    return LocalCloud(
        tmp_path,
        ports={ENGINE: port, SAGEMAKER: port},
        outputs=outputs,
        api_key="secret",
    )


@pytest.fixture
def api(cloud: LocalCloud) -> Iterator[Api]:
    with Api(cloud) as made:
        yield made


def test_a_run_is_found_by_its_own_name_and_asked_for_with_the_key(
    server: Server, api: Api
) -> None:
    server.answers = {"/runs/r-1": [(200, run_document())]}
    assert find_run(api, "r-1") == "r-1"
    assert server.keys == ["secret"]


def test_a_model_stands_for_its_newest_run(server: Server, api: Api) -> None:
    server.answers = {"/runs": [(200, {"runs": [run_document(), {"run": "r-0"}]})]}
    assert find_run(api, "Ein Modell / ü+") == "r-1"


def test_an_unknown_name_is_answered_with_the_known_models(
    server: Server, api: Api
) -> None:
    server.answers = {"/runs": [(200, {"runs": []}), (200, {"runs": [run_document()]})]}
    with pytest.raises(
        UnknownRunError, match=r"a run or of a model with runs; found 'x'\. Models: m\."
    ):
        find_run(api, "x")


def test_of_several_runs_the_one_in_progress_is_followed(
    server: Server, api: Api
) -> None:
    ended = run_document("live", run="r-2")
    server.answers = {"/runs": [(200, {"runs": [ended, run_document()]})]}
    assert find_run(api, "m") == "r-1"


@pytest.mark.parametrize("before", [[], [run_document("live", run="r-0")]])
def test_the_run_of_a_drop_that_was_just_uploaded_is_waited_for(
    server: Server,
    cloud: LocalCloud,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    before: list[dict[str, Any]],
) -> None:
    monkeypatch.setattr(watch, "last_drop", lambda *_: datetime.fromisoformat(after(9)))
    runs = {run["run"]: run for run in [*before, run_document()]}
    earlier: Answer = (200, {"runs": before})
    both: Answer = (200, {"runs": [run_document(), *before]})
    server.answers = {f"/runs/{name}": [(200, run)] for name, run in runs.items()}
    server.answers["/runs"] = [earlier, earlier, earlier, earlier, both]
    assert wait_for_run(cloud, api, "m") == "r-1"


def test_a_model_without_a_drop_is_not_waited_for(
    server: Server, cloud: LocalCloud, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "last_drop", lambda *_: None)
    server.answers = {"/runs": [(200, {"runs": []})]}
    with pytest.raises(UnknownRunError, match="Models: none yet"):
        wait_for_run(cloud, api, "m")


def test_a_run_is_followed_through_an_api_that_is_away_for_a_moment(
    server: Server, cloud: LocalCloud, api: Api
) -> None:
    end = run_document("live", ended_at=after(60))
    server.answers = {
        "/runs/r-1": [(200, run_document("judging")), (502, {}), (502, {}), (200, end)]
    }
    assert [record.status for record in records(cloud, api, "r-1")] == [
        "judging",
        "live",
    ]


def test_an_api_that_stays_away_ends_the_following(
    server: Server, cloud: LocalCloud, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_MAX_MISSES", 2)
    with pytest.raises(ApiError, match="GET /runs/r-1 answered 404"):
        list(records(cloud, api, "r-1"))


def test_a_run_in_training_that_has_no_job_yet_is_shown_as_it_is(
    cloud: LocalCloud,
) -> None:
    """Its job is about to be created, or a budget refuses it."""
    record = RunRecord.read(run_document("training", training={"phase": "Starting"}))
    assert with_current_metrics(cloud, record) == record
