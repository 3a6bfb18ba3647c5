"""The console's files: whole, of this stack only, and without a way for data to become code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from functions.api.console import MEDIA_TYPES, console_files
from tests.unit.console.sources import (
    FILES,
    FOLDER,
    PAGES,
    SCRIPTS,
    Page,
    ScriptError,
    without_texts,
)
from tests.unit.stack import template

MAX_LINES = 400
MAX_KILOBYTES = 150
PARSES_HTML = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "createContextualFragment",
    "setHTMLUnsafe",
    "eval(",
    "new Function",
    "import(",
    "localStorage",
    "document.cookie",
    "postMessage",
)
IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([a-z_]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
CALL = re.compile(r"(?<!#\$\{)\bpath\(([^()]*)\)")

all_scripts = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
all_files = pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
all_pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


@all_files
def test_every_file_is_served(file: Path) -> None:
    assert file in console_files()
    assert file.suffix in MEDIA_TYPES
    assert len(file.read_text("utf-8").splitlines()) <= MAX_LINES


def test_the_console_is_small() -> None:
    assert sum(file.stat().st_size for file in FILES) < MAX_KILOBYTES * 1000


@all_files
def test_no_file_names_another_host(file: Path) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", file.read_text("utf-8")))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"""["'(]//\w""", file.read_text("utf-8"))


@all_pages
def test_the_files_that_a_page_loads_exist(page: Path) -> None:
    elements = Page(page.read_text("utf-8"))
    links = [
        link.partition("#")[0]
        for link in [*elements.values("href"), *elements.values("src")]
    ]
    for link in filter(None, links):
        assert (FOLDER / link).is_file(), link


@all_pages
def test_a_page_has_a_language_a_title_and_no_id_twice(page: Path) -> None:
    elements = Page(page.read_text("utf-8"))
    ids = elements.values("id")
    assert len(ids) == len(set(ids))
    assert elements.values("lang") == ["en"]
    assert {"title", "main"} <= {tag for tag, _ in elements.elements}
    images = [attrs for tag, attrs in elements.elements if tag == "img"]
    assert all("alt" in attrs for attrs in images)


@all_pages
def test_a_page_has_no_code_of_its_own(page: Path) -> None:
    """Content-Security-Policy would refuse it."""
    elements = Page(page.read_text("utf-8"))
    assert elements.inline_code == ""
    names = {name for _, attrs in elements.elements for name in attrs}
    assert not [name for name in names if name.startswith("on") or name == "style"]


@all_scripts
def test_ids_that_a_script_looks_for_exist(script: Path) -> None:
    page = "viewer.html" if script.name == "viewer.js" else "index.html"
    ids = Page((FOLDER / page).read_text("utf-8")).values("id")
    wanted = re.findall(r'getElementById\("([^"]+)"\)', script.read_text("utf-8"))
    assert set(wanted) <= set(ids)


@all_scripts
def test_a_script_can_be_read(script: Path) -> None:
    """That browsers run them all is tried in one, by make test-console."""
    assert without_texts(script.read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    ['"open', "f(", "f)", "`a ${b`", "`a ${b}", "/[/", "{ [ } ]", "`${a(`", "'a\n'"],
)
def test_what_is_not_closed_is_seen(text: str) -> None:
    with pytest.raises(ScriptError):
        without_texts(text)


def test_texts_are_left_out_and_what_stands_inside_is_kept() -> None:
    script = "a(`x ${b(`${c}`)} (`, '}', /[)/]/g); // (\nd / e / f /* ( */"
    assert without_texts(script) == 'a((b((c)""))"", "", ""); \nd / e / f '


@all_scripts
def test_imports_are_exported(script: Path) -> None:
    text = script.read_text("utf-8")
    imports = IMPORT.findall(text)
    assert len(imports) == len(re.findall(r"^import\b", text, re.MULTILINE))
    for names, file in imports:
        exported = EXPORT.findall((FOLDER / file).read_text("utf-8"))
        assert set(names.split(", ")) <= set(exported), f"{file}: {names}"
        for name in names.split(", "):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is not used"


def test_every_script_is_loaded_by_a_page_or_another() -> None:
    loaded = set()
    for page in PAGES:
        loaded |= set(Page(page.read_text("utf-8")).values("src"))
    for script in SCRIPTS:
        loaded |= {file for _, file in IMPORT.findall(script.read_text("utf-8"))}
    assert {script.name for script in SCRIPTS} <= loaded


@all_scripts
@pytest.mark.parametrize("name", PARSES_HTML)
def test_no_script_parses_html_or_keeps_anything_for_longer_than_the_tab(
    script: Path, name: str
) -> None:
    assert name not in script.read_text("utf-8")


def test_only_the_frame_without_scripts_is_given_a_document() -> None:
    users = [s.name for s in SCRIPTS if re.search(r"\.srcdoc\b", s.read_text("utf-8"))]
    assert users == ["viewer.js"]
    viewer = (FOLDER / "viewer.js").read_text("utf-8")
    (sandbox,) = re.findall(r'sandbox: "([^"]*)"', viewer)
    assert sandbox == "allow-popups"


def test_the_key_is_in_no_address() -> None:
    users = [s.name for s in SCRIPTS if "key.get()" in s.read_text("utf-8")]
    assert users == ["api.js", "main.js"]
    api = (FOLDER / "api.js").read_text("utf-8")
    assert api.count("key.get()") == 2
    assert '"x-api-key": key.get()' in api


def called_paths(script: Path) -> list[str]:
    """`/models/{}/releases` for `path("models", name, "releases")`; addresses of the console's own pages left out."""
    paths = []
    for arguments in CALL.findall(script.read_text("utf-8")):
        names = [name.strip() for name in arguments.split(",")]
        if names[0].startswith("..."):
            continue
        paths.append("".join(f"/{_segment(name)}" for name in names))
    return paths


def _segment(argument: str) -> str:
    return argument.strip('"') if argument.startswith('"') else "{}"


@all_scripts
def test_every_call_is_one_of_a_route(script: Path) -> None:
    events = template.load()["Resources"]["ApiFunction"]["Properties"]["Events"]
    routes = {
        re.sub(r"\{[^}]*\}", "{}", event["Properties"]["Path"])
        for event in events.values()
    }
    assert set(called_paths(script)) <= routes


def test_the_calls_of_the_scripts_are_found() -> None:
    paths = {path for script in SCRIPTS for path in called_paths(script)}
    assert {"/models", "/runs/{}/log", "/models/{}/uploads", "/costs"} <= paths
