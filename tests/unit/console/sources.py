"""The console's files as text, and what is read out of them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.unit.stack.template import ROOT

FOLDER = ROOT / "console"
SCRIPTS = sorted(FOLDER.glob("*.js"))
PAGES = sorted(FOLDER.glob("*.html"))
FILES = sorted(FOLDER.iterdir())

_REGULAR_EXPRESSION = re.compile(
    r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*"
)
_OPENING, _CLOSING = "([{", ")]}"


class ScriptError(ValueError):
    """A text that no JavaScript engine would take."""


class Page(HTMLParser):
    """The elements of a page: `(tag, attributes)`, and its text in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inline_code = ""
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag in {"script", "style"}:
            self.inline_code += data.strip()

    def values(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.elements if name in attrs]


def without_texts(script: str) -> str:
    """The script without comments, and every string, template and regular expression as `""`, its `${…}` kept.

    Raises `ScriptError` where one of them, or a bracket, is not closed.
    """
    out: list[str] = []
    open_brackets: list[str] = []
    place = 0
    while place < len(script):
        place = _step(script, place, out, open_brackets)
    if open_brackets:
        raise ScriptError(f"{len(open_brackets)} brackets are not closed")
    return "".join(out)


def _step(script: str, place: int, out: list[str], opened: list[str]) -> int:
    """Reads one token, or one character; returns where the next begins."""
    character = script[place]
    if script.startswith("//", place):
        return _after(script, "\n", place)
    if script.startswith("/*", place):
        return _after(script, "*/", place) + 2
    if character in "\"'":
        out.append('""')
        return _end_of_string(script, place)
    if character == "`" or (character == "}" and opened[-1:] == ["${"]):
        if character == "}":
            opened.pop()
            out.append(")")
        return _template(script, place + 1, out, opened)
    if character == "/" and _may_begin_expression("".join(out[-40:])):
        match = _REGULAR_EXPRESSION.match(script, place)
        if match is None:
            raise ScriptError(f"a regular expression at {place} is not closed")
        out.append('""')
        return match.end()
    _note_bracket(character, place, opened)
    out.append(character)
    return place + 1


def _note_bracket(character: str, place: int, opened: list[str]) -> None:
    if character in _OPENING:
        opened.append(character)
    elif character in _CLOSING:
        expected = _OPENING[_CLOSING.index(character)]
        if not opened or opened.pop() != expected:
            raise ScriptError(f"{character} at {place} closes nothing")


def _template(script: str, place: int, out: list[str], opened: list[str]) -> int:
    while place < len(script):
        if script[place] == "\\":
            place += 2
        elif script[place] == "`":
            out.append('""')
            return place + 1
        elif script.startswith("${", place):
            opened.append("${")
            out.append("(")
            return place + 2
        else:
            place += 1
    raise ScriptError("a template is not closed")


def _end_of_string(script: str, place: int) -> int:
    quote, place = script[place], place + 1
    while place < len(script) and script[place] not in {quote, "\n"}:
        place += 2 if script[place] == "\\" else 1
    if script[place : place + 1] != quote:
        raise ScriptError(f"a string before {place} is not closed")
    return place + 1


def _after(script: str, end: str, place: int) -> int:
    index = script.find(end, place)
    return len(script) if index < 0 else index


def _may_begin_expression(before: str) -> bool:
    """Whether a slash there begins a regular expression, and is no division."""
    text = before.rstrip()
    return not text or text[-1] in "(,=:[!&|?{};>\n" or text.endswith("return")
