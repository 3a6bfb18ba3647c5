"""A page as a browser reads it, and what must hold of every one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

from lxml import html as lxml_html
from lxml.html import HtmlElement

VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})
_TEXTS = "html head meta title style body header nav main section footer h1 h2 h3 p a ul ol li strong span small div"
_PARTS = "table caption thead tbody tr th td figure figcaption article dl dt dd pre code details summary"
_SHAPES = "svg defs g path use text clippath rect"
TAGS = {tag for tags in (_TEXTS, _PARTS, _SHAPES) for tag in tags.split()}
_OUTLINED = {
    "h1": "# ",
    "h2": "## ",
    "h3": "### ",
    "p": "",
    "a": "link: ",
    "li": "- ",
    "caption": "table: ",
    "tr": "| ",
    "svg": "figure: ",
    "figcaption": "caption: ",
    "dt": "name: ",
    "dd": "text: ",
    "pre": "",
    "summary": "summary: ",
}
"""Tag -> how `outline` starts its line."""
REFERRING = (
    "src",
    "href",
    "xlink:href",
    "action",
    "data",
    "poster",
    "srcset",
    "background",
)


@dataclass
class Page(HTMLParser):
    """Raises `AssertionError` for elements that are not nested as they should be."""

    source: str
    open: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def outline(source: str) -> str:
    """What a page tells its reader, one line per heading, paragraph, row of a table, or figure."""
    lines = []
    for element in lxml_html.document_fromstring(source).iter(*_OUTLINED):
        prefix = _OUTLINED[element.tag]
        if not any(ancestor.tag == "svg" for ancestor in element.iterancestors()):
            lines.append(f"{prefix}{_outlined_text(element)}".rstrip())
    return "\n".join(lines) + "\n"


def _outlined_text(element: HtmlElement) -> str:
    if element.tag == "svg":
        return str(element.get("aria-label"))
    if element.tag == "tr":
        return " | ".join(_outlined_text(cell) for cell in element)
    if element.tag == "li":
        return " ".join(element.itertext())
    return str(element.text_content()).strip()


def check_closed(page: Page) -> None:
    """Nothing that would be fetched or run, and no element but our own."""
    assert {tag for tag, _ in page.elements} <= TAGS
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name, value in attributes.items():
            assert name not in REFERRING or value.startswith("#")
            assert name == "aria-label" or not re.search(r"url\((?!#)", value)
            assert not name.startswith("xmlns")
    assert not re.search(r"@import|url\(", "".join(sheets(page)))


def sheets(page: Page) -> list[str]:
    return re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)


def check_accessible(page: Page) -> None:
    """Names for what is not text, headings without a gap, ids that are there and there once."""
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3"}]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in page.all("svg"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert len(page.all("figcaption")) == len(page.all("figure"))
    assert page.all("html")[0]["lang"] == "en"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    expected = set(ids)
    for _, attributes in page.elements:
        for name in ("href", "aria-labelledby"):
            assert attributes.get(name, "").removeprefix("#") in expected | {""}


def check_coloured(page: Page) -> None:
    """Figures take their colours from the style sheet, which has each for light, dark and paper."""
    (sheet,) = sheets(page)
    used = set(re.findall(r"var\(--([a-z]+)\)", page.source))
    for palette in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL):
        assert used <= set(re.findall(r"--([a-z]+):", palette))
    inline = [
        attributes["style"] for _, attributes in page.elements if "style" in attributes
    ]
    assert not [style for style in inline if re.search(r"#[0-9a-fA-F]{3}|rgb", style)]
