"""The whole way in a browser, on the deployed local stack: a file becomes a live model, answers, is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visitor import DESK, Visitor, visiting
from tests.e2e.client import Cloud
from tests.e2e.conftest import cloud, hub
from tests.e2e.drops import reviews

__all__ = ["cloud", "hub"]

pytestmark = pytest.mark.browser
PATIENCE_MILLISECONDS = 180_000


@pytest.fixture
def visitor(running: Any, cloud: Cloud) -> Iterator[Visitor]:
    url = cloud.environment["TRAINDROP_API_URL"]
    with visiting(running, url, DESK, "light") as opened:
        yield opened


def key_of(cloud: Cloud) -> str:
    return cloud.environment["TRAINDROP_API_KEY"]


def choose(visitor: Visitor, path: Path) -> None:
    visitor.page.set_input_files("#files", str(path))
    visitor.page.click("text=Upload and train")


@pytest.mark.timeout(600)
def test_a_file_becomes_a_model_that_answers_and_is_replaced(
    visitor: Visitor, cloud: Cloud, tmp_path: Path
) -> None:
    page = visitor.page
    first = tmp_path / "films.csv"
    first.write_bytes(reviews())
    visitor.open(key_of(cloud), "#/drop")
    choose(visitor, first)
    page.wait_for_url("**#/runs/films-*", timeout=PATIENCE_MILLISECONDS)
    visitor.sees("Read and check")
    page.wait_for_selector("h2:has-text('Live,')", timeout=PATIENCE_MILLISECONDS)
    page.wait_for_selector(".chart")
    assert page.locator(".machine .done").count() == 6
    page.click("h1 a")
    page.click("text=Ask")
    page.wait_for_selector(".scores li")

    broken = tmp_path / "broken.csv"
    broken.write_text("text,label\na film,\n,p\n")
    visitor.go_to("#/drop/films")
    choose(visitor, broken)
    visitor.sees("In the folder of films: films.csv.")
    page.click("text=Go on")
    page.wait_for_url("**#/runs/films-*", timeout=PATIENCE_MILLISECONDS)
    page.wait_for_selector(
        "h2:has-text('The data was not accepted')", timeout=PATIENCE_MILLISECONDS
    )
    visitor.sees("broken.csv, row 3")
    visitor.require_quiet()
