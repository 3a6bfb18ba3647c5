"""A person at a browser: opens the console, gives the key, looks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.unit.stack.template import ROOT

PACKAGES = ROOT / ".venv-browser" / "packages"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}


def chromium() -> str:
    """The browser's path; a test that finds none fails."""
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), ""
    )
    if not path:
        pytest.fail(
            "expected Chromium or Chrome; found none. Install it (apt-get install chromium), or say where it is: "
            "CHROMIUM=/path make test-console"
        )
    return path


@contextmanager
def browser() -> Iterator[Any]:
    if not PACKAGES.is_dir():
        pytest.fail(f"expected {PACKAGES}; found nothing. Run make test-console.")
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of make test-console alone

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@dataclass
class Visitor:
    """`page` is playwright's. What goes wrong in the page is noted, and looked at by `require_quiet`."""

    page: Any
    url: str
    noise: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("dialog", self._note_dialog)
        self.page.on("request", lambda request: self._note_host(request.url))

    def open(self, key: str, place: str = "#/") -> None:
        self.page.goto(f"{self.url}/console")
        self.page.fill("#key", key)
        self.page.click("form.key button")
        self.page.wait_for_selector("h1:not(:has-text('Your API key'))")
        self.go_to(place)

    def go_to(self, place: str) -> None:
        page = f"index.html{place}" if place.startswith("#") else place
        self.page.goto(f"{self.url}/console/{page}")

    def sees(self, text: str) -> None:
        """Waits for it. Text is compared as it is shown."""
        self.page.get_by_text(text, exact=False).first.wait_for(timeout=10_000)

    def drag_in(self, path: Path) -> None:
        """As the file manager hands a file or a folder to the browser."""
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            event = {"type": kind, "x": 200, "y": 200, "data": data}
            session.send("Input.dispatchDragEvent", event)

    def require_quiet(self) -> None:
        """No error of a script, nothing refused by the policy, no dialog, no other host."""
        assert self.noise == []
        assert self.hosts <= {urlsplit(self.url).netloc}

    def require_no_sideways_scroll(self) -> None:
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"]

    def require_no_barriers(self) -> None:
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - as above

        results: Mapping[str, Any] = Axe().run(self.page).response
        assert [(item["id"], item["help"]) for item in results["violations"]] == []

    def _note_message(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.noise.append(message.text)

    def _note_dialog(self, dialog: Any) -> None:
        self.noise.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_host(self, address: str) -> None:
        if address.startswith("http"):
            self.hosts.add(urlsplit(address).netloc)


@contextmanager
def visiting(
    running: Any, url: str, viewport: Mapping[str, int], scheme: str
) -> Iterator[Visitor]:
    # axe is put into the page, which its policy would refuse.
    context = running.new_context(viewport=viewport, color_scheme=scheme)
    try:
        yield Visitor(context.new_page(), url)
    finally:
        context.close()
