from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.batch import BatchStatus
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from traindrop import Batch, Link
from traindrop import Client as ApiClient

RESULT = "text,label\na film,positive\n"


class Batches:
    """In place of the client's calls and of S3: one batch that goes through states, and what was uploaded."""

    def __init__(self, *statuses: BatchStatus) -> None:
        self.statuses = list(statuses)
        self.errors = 0
        self.calls: list[str] = []
        self.uploads: list[bytes] = []

    def create_batch(self, model: str, *, parameters: Any) -> Batch:
        self.calls.append(f"create {parameters}")
        return self._record(BatchStatus.UPLOADING)

    def start_batch(self, model: str, name: str) -> Batch:
        self.calls.append(f"start {name}")
        return self._record(BatchStatus.PREPARING)

    def batch(self, model: str, name: str) -> Batch:
        return self._record(self.statuses.pop(0))

    def _record(self, status: BatchStatus) -> Batch:
        is_completed = status is BatchStatus.COMPLETED
        is_failed = status is BatchStatus.FAILED
        return Batch(
            batch="b-1",
            model="reviews",
            status=status,
            created_at="",
            answered=1,
            errors=self.errors,
            upload=Link(url="http://s3.test/in", seconds=9),
            result=Link(url="http://s3.test/out", seconds=9) if is_completed else None,
            failure="The instance was lost." if is_failed else None,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            assert "transfer-encoding" not in request.headers
            self.uploads.append(request.read())
            return httpx.Response(200)
        return httpx.Response(200, text=RESULT)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch, target: MemoryTarget) -> Batches:
    built = Batches()
    for name in ("create_batch", "start_batch", "batch"):
        method = getattr(built, name)
        monkeypatch.setattr(
            ApiClient, name, lambda _, *a, method=method, **o: method(*a, **o)
        )
    client = httpx.Client
    transport = httpx.MockTransport(built.answer)
    monkeypatch.setattr(
        "httpx.Client", lambda **options: client(**{"transport": transport} | options)
    )
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return built


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("text\na film\n")
    return path


def test_a_file_is_uploaded_answered_and_its_result_fetched(
    traindrop: Run, batches: Batches, source: Path, tmp_path: Path
) -> None:
    batches.statuses = [BatchStatus.RUNNING, BatchStatus.COMPLETED]
    output = tmp_path / "out.csv"
    options = ["--batch", "-f", str(source), "-o", str(output), "-p", "top_k=2"]
    code, printed, errors = traindrop("predict", "reviews", *options, "--yes")
    assert (code, printed) == (0, f"1 answer in {output}, 0 rows without one"), errors
    assert output.read_text() == RESULT
    assert batches.uploads == [source.read_bytes()]
    assert batches.calls == ["create {'top_k': 2}", "start b-1"]
    assert "b-1: preparing\nb-1: running\n" in errors


def test_rows_without_an_answer_have_an_exit_code_of_their_own(
    traindrop: Run, batches: Batches, tmp_path: Path
) -> None:
    batches.statuses, batches.errors = [BatchStatus.COMPLETED], 1
    output = tmp_path / "out.csv"
    code, printed, _ = traindrop(
        "predict", "reviews", "--resume", "b-1", "-o", str(output)
    )
    assert (code, printed) == (7, f"1 answer in {output}, 1 row without one")


def test_one_that_failed_says_how_to_go_on_and_goes_on(
    traindrop: Run, batches: Batches, source: Path, tmp_path: Path
) -> None:
    batches.statuses = [BatchStatus.FAILED]
    output = tmp_path / "out.csv"
    options = ["--batch", "-f", str(source), "-o", str(output), "--yes"]
    code, _, errors = traindrop("predict", "reviews", *options)
    assert code == 6
    again = f"traindrop predict reviews --resume b-1 -o {output}"
    assert f"The instance was lost. Go on with it: {again}" in errors
    batches.statuses = [BatchStatus.STOPPED, BatchStatus.COMPLETED]
    assert traindrop(*again.split()[1:])[0] == 0
    assert batches.calls[-1] == "start b-1"


def test_nothing_is_started_without_consent_or_files(
    traindrop: Run, batches: Batches, source: Path
) -> None:
    code, _, errors = traindrop(
        "predict", "reviews", "--batch", "-f", str(source), "-o", "out.csv"
    )
    assert code == 1
    assert "It bills for instances of its own." in errors
    code, _, errors = traindrop("predict", "reviews", "--batch", "-f", str(source))
    assert code == 1
    assert "expected a file of inputs and one for the answers." in errors
    assert batches.calls == []
