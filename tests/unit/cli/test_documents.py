from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.functions.api.client import Client, live

PAGE = "<!doctype html><title>Report</title>"
MISTAKES = "file,row,text\nreviews.csv,3,a film\n"


@pytest.fixture
def trained(call: Client) -> Client:
    """A live model whose run has left a report and its mistakes."""
    live(call)
    for name, file, text in (
        ("report", "report.html", PAGE),
        ("mistakes", "mistakes.csv", MISTAKES),
    ):
        call.ledger.run_records["reviews-1"][name] = f"/runs/reviews-1/{name}"
        call.storage.objects[f"models/reviews-1/{file}"] = text.encode()
    return call


def test_the_report_of_a_model_is_that_of_its_live_run(
    traindrop: Run,
    target: MemoryTarget,
    trained: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    has_browser = True

    def open_page(address: str) -> bool:
        opened.append(address)
        return has_browser

    monkeypatch.setattr("webbrowser.open", open_page)
    monkeypatch.chdir(tmp_path)
    code, output, errors = traindrop("report", "reviews", "--open")
    assert (code, output) == (0, "report of reviews-1: reviews-1-report.html")
    path = tmp_path / "reviews-1-report.html"
    assert PAGE in path.read_text()
    assert opened == [path.as_uri()]
    assert "browser" not in errors
    has_browser = False
    code, _, errors = traindrop("report", "reviews", "--open")
    assert (code, errors) == (0, f"no browser was found: open {path} yourself\n")


def test_mistakes_go_to_standard_output(
    traindrop: Run, target: MemoryTarget, trained: Client
) -> None:
    code, output, _ = traindrop("mistakes", "reviews-1", "-o", "-")
    assert (code, output) == (0, MISTAKES.rstrip())


def test_a_document_that_is_not_there_is_explained_by_the_api(
    traindrop: Run, target: MemoryTarget, trained: Client
) -> None:
    code, _, errors = traindrop("report", "reviews", "--card")
    assert code == 1
    assert "There is no card of the run 'reviews-1'." in errors


def test_a_folder_is_no_file(
    traindrop: Run, target: MemoryTarget, trained: Client, tmp_path: Path
) -> None:
    code, _, errors = traindrop("report", "reviews", "-o", str(tmp_path))
    assert code == 1
    assert "expected a file to write; found the folder" in errors
