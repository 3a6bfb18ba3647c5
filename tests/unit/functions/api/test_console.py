"""The console's files: open to everybody, with headers that let no foreign script run."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.api import console
from tests.unit.functions.api.client import Client, event_of
from tests.unit.stack import template

FILE = "/console/{file}"
CLOSED = (
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
)


@pytest.fixture
def visitor(call: Client) -> Client:
    """Without a key."""
    call.key_id = ""
    return call


@pytest.mark.parametrize("path", console.console_files(), ids=lambda path: path.name)
def test_every_file_is_served_without_a_key(visitor: Client, path: Path) -> None:
    status, body, headers = visitor("GET", FILE, file=path.name)
    assert status == 200
    assert body == path.read_text()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-cache"


def test_the_page_runs_its_own_scripts_and_calls_its_own_stack_only(
    visitor: Client,
) -> None:
    _, _, headers = visitor("GET", FILE, file="index.html")
    assert headers["content-security-policy"] == CLOSED + (
        "style-src 'self'; img-src 'self'; "
        "connect-src 'self' https://data.s3.eu-central-1.amazonaws.com; trusted-types 'none'"
    )


def test_the_page_of_a_report_allows_its_styles_and_no_script_of_it(
    visitor: Client,
) -> None:
    _, _, headers = visitor("GET", FILE, file="viewer.html")
    assert headers["content-security-policy"] == CLOSED + (
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; trusted-types report"
    )


def test_a_known_file_is_not_sent_again(visitor: Client) -> None:
    _, _, headers = visitor("GET", FILE, file="main.js")
    event = event_of("GET", FILE, {"file": "main.js"})
    event["headers"]["if-none-match"] = f"W/{headers['etag']}"
    status, body, again = visitor.send(event)
    assert (status, body, again["etag"]) == (304, "", headers["etag"])
    event["headers"]["if-none-match"] = '"another"'
    assert visitor.send(event)[0] == 200


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "..",
        ".",
        "__pycache__",
        "../template.yaml",
        "..%2Ftemplate.yaml",
        "%2e%2e%2ftemplate.yaml",
        "/etc/passwd",
        "index.html\x00",
        "INDEX.HTML",
    ],
)
def test_no_other_file_is_served(visitor: Client, name: str) -> None:
    status, _, headers = visitor("GET", FILE, file=name)
    assert status == 404
    assert "html" not in headers["content-type"]


@pytest.mark.parametrize(
    ("path", "place"),
    [("/console", "console/index.html"), ("/console/", "index.html")],
)
def test_the_short_address_leads_to_the_page(
    visitor: Client, path: str, place: str
) -> None:
    event = event_of("GET", "/console", {}) | {"path": path}
    status, _, headers = visitor.send(event)
    assert (status, headers["location"]) == (302, place)


def test_only_these_routes_are_open_and_they_are_throttled() -> None:
    resources = template.load()["Resources"]
    events = resources["ApiFunction"]["Properties"]["Events"].values()
    is_open = {
        event["Properties"]["Path"]
        for event in events
        if event["Properties"].get("Auth", {}).get("ApiKeyRequired") is False
    }
    assert is_open == {"/console", FILE}
    settings = resources["Api"]["Properties"]["MethodSettings"]
    assert {item["ResourcePath"] for item in settings} == is_open
    assert all(item["ThrottlingRateLimit"] <= 50 for item in settings)


def test_a_browser_may_only_put_what_an_address_signs() -> None:
    bucket = template.load()["Resources"]["DataBucket"]["Properties"]
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["PUT"]
    assert rule["AllowedHeaders"] == ["content-type"]
