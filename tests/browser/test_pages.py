"""The pages in a real browser, on the API's own handler and a ledger in memory; make test-console."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from contracts import locations
from contracts.metric_lines import metric_line
from functions.adapters import clients
from tests.browser.memory_stack import KEY, served
from tests.browser.visitor import DESK, PHONE, Visitor, visiting
from tests.unit.functions.api.client import Client
from tests.unit.functions.api.client import live as add_live
from tests.unit.functions.api.conftest import call
from tests.unit.functions.conftest import ledger, sagemaker, storage

__all__ = ["call", "ledger", "sagemaker", "storage"]

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=\"document.title='hacked'\">"
SCRIPT = "</script><script>document.title='hacked'</script>"
LINK = "javascript:alert(1)"
PLACES = (
    "#/",
    "#/runs",
    "#/drop",
    "#/models/reviews",
    "#/runs/reviews-1",
    "#/runs/r-bad",
)


@pytest.fixture
def url(call: Client) -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture
def visitor(running: Any, url: str) -> Iterator[Visitor]:
    with visiting(running, url, DESK, "light") as opened:
        yield opened


def fill_stack(call: Client) -> None:
    """A live model with an evaluation, and a run that was rejected."""
    add_live(call)
    record = call.ledger.run_records["reviews-1"]
    record["training"] = {"job": "td--reviews-1"}
    record["evaluation"] |= {"sentence": "About 80 of 100 are right. It is fine."}
    evaluation = {
        "label_metrics": {"p": {"precision": 0.8, "recall": 0.7, "rows": 9}},
        "thresholds": [
            {"score": 0.0, "answered": 1.0, "right": 0.8},
            {"score": 0.95, "answered": 0.5, "right": 0.9},
        ],
        "mistakes": [{"row": 1, "input": "a film", "expected": "p", "found": "n"}],
        "history": [{"step": 1, "train_loss": 0.7}, {"step": 2, "train_loss": 0.5}],
    }
    key = locations.document_key("reviews-1", locations.EVALUATION)
    call.storage.drop(key, json.dumps(evaluation))
    logs: Any = clients.logs()
    logs.lines = ["Loading", metric_line(step=1, train_loss=0.7), "Done"]
    problem = {"file": "a.csv", "row": 14, "expected": "a text", "found": "nothing"}
    call.ledger.add(
        "r-bad",
        model="tickets",
        status="rejected",
        problem_count=1,
        problems=[problem | {"remedy": "Fill it in.", "message": "a.csv: …"}],
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_whole_and_has_no_barriers(
    running: Any, call: Client, url: str, viewport: dict[str, int], scheme: str
) -> None:
    fill_stack(call)
    with visiting(running, url, viewport, scheme) as visitor:
        visitor.open(KEY)
        for place in PLACES:
            visitor.go_to(place)
            visitor.page.wait_for_selector(".loading", state="detached")
            visitor.require_no_sideways_scroll()
            visitor.require_no_barriers()
        visitor.require_quiet()


def test_nothing_is_shown_without_a_key_or_with_another(visitor: Visitor) -> None:
    visitor.go_to("#/models/reviews")
    visitor.sees("Your API key")
    visitor.page.fill("#key", "another")
    visitor.page.click("form.key button")
    visitor.sees("The stack has no such key.")
    assert visitor.page.evaluate("sessionStorage.length") == 0


def test_a_key_that_is_replaced_takes_what_it_showed_away(
    visitor: Visitor, call: Client
) -> None:
    fill_stack(call)
    visitor.open(KEY)
    visitor.sees("About 80 of 100 are right.")
    visitor.page.evaluate("sessionStorage.setItem('traindrop.key', 'old')")
    visitor.page.click("#nav-runs")
    visitor.sees("The key was refused")
    assert "reviews" not in visitor.page.inner_text("main")
    assert KEY not in visitor.page.url
    assert visitor.page.evaluate("[document.cookie, localStorage.length]") == ["", 0]


def test_a_stack_without_models_says_how_to_begin(visitor: Visitor) -> None:
    visitor.open(KEY)
    visitor.sees("No model yet")
    visitor.sees("traindrop drop reviews.csv")
    visitor.require_quiet()


def test_a_model_is_asked_and_the_threshold_counts(
    visitor: Visitor, call: Client
) -> None:
    fill_stack(call)
    visitor.open(KEY, "#/models/reviews")
    visitor.page.click("text=Ask")
    visitor.sees("positive")
    visitor.page.select_option("#threshold", "0.95")
    visitor.sees("No answer: the best score is below 0.95.")
    visitor.page.click("text=The same call from a program")
    code = visitor.page.inner_text(".snippets")
    assert KEY not in code
    assert "TRAINDROP_API_KEY" in code
    visitor.require_quiet()


def test_a_rejected_run_names_the_rows(visitor: Visitor, call: Client) -> None:
    fill_stack(call)
    visitor.open(KEY, "#/runs/r-bad")
    visitor.sees("a.csv, row 14")
    visitor.sees("Fill it in.")
    visitor.require_quiet()


def hostile_stack(call: Client) -> None:
    """Every text that a stranger may choose is an attack."""
    add_live(call, model=ATTACK, run="r-1")
    record = call.ledger.run_records["r-1"]
    labels = [ATTACK, SCRIPT]
    record["evaluation"] |= {
        "labels": labels,
        "sentence": ATTACK,
        "next_steps": [SCRIPT],
        "reasons": [ATTACK],
    }
    record["training"] = {"job": "td--r-1"}
    record["warnings"] = [ATTACK, SCRIPT]
    record["data"] = {"files": [ATTACK], "reasons": [SCRIPT], "labels": labels}
    record["report"] = LINK
    record["mistakes"] = LINK
    evaluation = {
        "label_metrics": {ATTACK: {"recall": 1, "rows": 1}},
        "mistakes": [{"row": 1, "input": ATTACK, "expected": SCRIPT, "found": ATTACK}],
    }
    key = locations.document_key("r-1", locations.EVALUATION)
    call.storage.drop(key, json.dumps(evaluation))
    logs: Any = clients.logs()
    logs.lines = [ATTACK, SCRIPT]
    call.runtime.answers = [[{"label": ATTACK, "score": 0.9}]]


@pytest.mark.parametrize(
    "place", ["#/", "#/runs", f"#/models/{quote(ATTACK, safe='')}", "#/runs/r-1"]
)
def test_no_text_of_a_stranger_runs(visitor: Visitor, call: Client, place: str) -> None:
    hostile_stack(call)
    visitor.open(KEY, place)
    visitor.sees("onerror=")
    if "models" in place:
        visitor.page.click("text=Ask")
        visitor.page.wait_for_selector(".scores")
        assert ATTACK in visitor.page.inner_text(".scores")
    assert visitor.page.locator("img[src=x], main script").count() == 0
    assert visitor.page.locator("a[href^=javascript]").count() == 0
    assert visitor.page.title() != "hacked"
    visitor.require_quiet()


def test_a_hostile_report_stays_in_its_frame(visitor: Visitor, call: Client) -> None:
    fill_stack(call)
    call.ledger.run_records["reviews-1"]["report"] = "/runs/reviews-1/report"
    page = f"<style>p{{color:red}}</style><p>A report</p>{ATTACK}{SCRIPT}<script>top.location='about:blank'</script>"
    call.storage.drop("models/reviews-1/report.html", page)
    visitor.open(KEY, "viewer.html#reviews-1")
    frame = visitor.page.frame_locator("iframe")
    frame.get_by_text("A report").wait_for()
    color = frame.locator("p").evaluate("element => getComputedStyle(element).color")
    assert color == "rgb(255, 0, 0)"
    assert visitor.page.title() == "Report of reviews-1 · Traindrop"
    assert visitor.page.url.endswith("viewer.html#reviews-1")


def test_a_file_that_is_dragged_onto_any_page_is_there_to_be_uploaded(
    visitor: Visitor, call: Client, tmp_path: Path
) -> None:
    fill_stack(call)
    file = tmp_path / "my tickets.csv"
    file.write_text("text,label\na,b\n")
    visitor.open(KEY, "#/runs")
    visitor.drag_in(file)
    visitor.sees("1 file, 15 bytes: my tickets.csv")
    assert visitor.page.input_value("#model") == "my-tickets"
    visitor.require_quiet()


def test_a_folder_that_is_dragged_onto_a_model_is_its_new_data(
    visitor: Visitor, call: Client, tmp_path: Path
) -> None:
    fill_stack(call)
    folder = tmp_path / "data"
    (folder / "code").mkdir(parents=True)
    (folder / "train.csv").write_text("text,label\na,b\n")
    (folder / "code" / "inference.py").write_text("x = 1\n")
    visitor.open(KEY, "#/models/reviews")
    visitor.sees("About 80 of 100")
    visitor.drag_in(folder)
    visitor.sees("New data for reviews")
    visitor.sees("2 files")
    names = visitor.page.inner_text("form.drop")
    assert "code/inference.py" in names
    assert "train.csv" in names
    assert visitor.page.input_value("#model") == "reviews"
    visitor.require_quiet()
