from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cli.run_search import drop_state
from functions.common.names import run_name
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import BUCKET, UPLOADED, MemoryS3, MemoryTarget
from tests.unit.functions.api.client import Client
from tests.unit.functions.drops import reviews

LATER = (UPLOADED + timedelta(seconds=3)).isoformat()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_text(reviews())
    return path


@pytest.fixture
def stack(target: MemoryTarget, s3: MemoryS3, call: Client) -> MemoryS3:
    """A stack whose runs go live at once."""

    def start_run() -> None:
        state = drop_state(s3, BUCKET, "reviews")
        assert state is not None
        name = run_name("reviews", state.fingerprint, 1)
        call.ledger.add(name, status="live", started_at=LATER, ended_at=LATER)

    s3.on_change = start_run
    return s3


def test_a_file_is_checked_priced_uploaded_and_followed(
    traindrop: Run, stack: MemoryS3, file: Path
) -> None:
    stack.objects["datasets/reviews/old.csv"] = b"old"
    code, output, errors = traindrop("drop", str(file), "--yes")
    assert code == 0, errors
    lines = output.splitlines()
    assert lines[0] == f"{file}: ready to be dropped"
    assert any(line.startswith("Estimate: Training: ") for line in lines)
    assert "Removes: old.csv" in lines
    assert "To: a test's stack" in lines
    assert lines[-3].startswith("LIVE: reviews-")
    assert stack.calls == [
        "delete datasets/reviews/old.csv",
        "put datasets/reviews/reviews.csv",
    ]


def test_a_file_is_added_to_those_that_are_there(
    traindrop: Run, stack: MemoryS3, tmp_path: Path
) -> None:
    stack.objects["datasets/reviews/train-2026-10.csv"] = reviews().encode()
    more = tmp_path / "train-2026-11.csv"
    more.write_text(reviews())
    code, output, errors = traindrop(
        "drop", str(more), "--as", "reviews", "--append", "--yes"
    )
    assert code == 0, output + errors
    assert "Stays: train-2026-10.csv" in output
    assert stack.calls == ["put datasets/reviews/train-2026-11.csv"]


def test_what_would_be_rejected_is_not_uploaded(
    traindrop: Run, stack: MemoryS3, file: Path
) -> None:
    file.write_text(reviews() + ",good\n")
    code, output, errors = traindrop("drop", str(file), "--yes")
    assert code == 5
    assert "would be refused, 1 problem" in output
    assert errors.endswith("Nothing was uploaded.\n")
    assert stack.calls == []


def test_nothing_is_uploaded_without_consent(
    traindrop: Run, stack: MemoryS3, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, errors = traindrop("drop", str(file))
    assert code == 1
    assert "expected a terminal to ask on, or --yes; found neither." in errors
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: "n")
    code, _, errors = traindrop("drop", str(file))
    assert code == 1
    assert "Nothing was done." in errors
    assert stack.calls == []


def test_a_detached_drop_returns_after_the_upload(
    traindrop: Run, stack: MemoryS3, file: Path
) -> None:
    code, output, _ = traindrop("drop", str(file), "--yes", "--detach")
    assert code == 0
    assert output.endswith("Uploaded. Follow it: traindrop watch reviews")


def test_a_name_that_no_model_can_have_is_refused(
    traindrop: Run, stack: MemoryS3, file: Path
) -> None:
    code, _, errors = traindrop("drop", str(file), "--as", "a" * 200)
    assert code == 1
    assert "expected a model name of 1 to 128 printable characters" in errors
    assert "Say another name with --as." in errors
