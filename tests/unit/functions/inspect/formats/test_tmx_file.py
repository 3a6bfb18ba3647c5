from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import MAX_RECORD
from tests.unit.functions.inspect.formats.tables import table


def document(*units: str, source: str = "en", before: str = "") -> str:
    header = f'<header srclang="{source}"/>'
    return f'<?xml version="1.0"?>{before}<tmx version="1.4">{header}<body>{"".join(units)}</body></tmx>'


def unit(**segments: str) -> str:
    variants = [
        f'<tuv xml:lang="{k}"><seg>{v}</seg></tuv>' for k, v in segments.items()
    ]
    return f"<tu>{''.join(variants)}</tu>"


def cells(opened: Table) -> list[tuple[int, object]]:
    rows = opened.rows({"translation": "translation"})
    return [
        (number, row["translation"]) for number, row in rows if isinstance(row, dict)
    ]


def problem_of(content: str) -> Problem:
    with pytest.raises(UnreadableError) as raised:
        cells(table(content, "tmx"))
    return raised.value.problem


def test_the_source_language_comes_first() -> None:
    opened = table(
        document(unit(de="offen &amp; weit", en="open"), unit(en="shut", de="zu")),
        "tmx",
    )
    assert opened.keeps_order
    assert cells(opened) == [
        (1, {"en": "open", "de": "offen & weit"}),
        (2, {"en": "shut", "de": "zu"}),
    ]


@pytest.mark.parametrize("source", ["*all*", "", "fr"])
def test_without_a_source_language_the_direction_is_open(source: str) -> None:
    assert not table(
        document(unit(de="offen", en="open"), source=source), "tmx"
    ).keeps_order


def test_regions_and_codes_of_other_formats_are_left_out() -> None:
    seg = '<bpt i="1">&lt;b></bpt>so <hi>fine</hi><ept i="1">&lt;/b></ept>'
    content = document(
        f'<tu><tuv lang="EN-us"><seg>{seg}</seg></tuv>{unit(de="gut")[4:]}'
    )
    assert cells(table(content, "tmx")) == [(1, {"en": "so fine", "de": "gut"})]


def test_units_without_a_translation_are_left_out_and_counted() -> None:
    opened = table(
        document(unit(en="open"), unit(en="a", de=" "), unit(en="b", de="c")), "tmx"
    )
    assert cells(opened) == [(3, {"en": "b", "de": "c"})]
    assert opened.warnings() == ["left out 2 units without a translation."]


def test_a_document_type_without_entities_is_fine() -> None:
    before = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">'
    assert len(cells(table(document(unit(en="a", de="b"), before=before), "tmx"))) == 1


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_are_refused(declaration: str) -> None:
    before = f"<!DOCTYPE tmx [{declaration}]>"
    problem = problem_of(document(unit(en="&a;", de="b"), before=before))
    assert problem.found == "a declaration of the entity 'a'"


@pytest.mark.parametrize(
    ("content", "actual"),
    [
        ("<tmx><body></body></tmx>", "none"),
        ("<records/>", "another kind of XML"),
        (document(unit(en="a", de="b"))[:-9], "broken XML"),
        ("text,label\n", "broken XML"),
    ],
)
def test_other_files_are_refused(content: str, actual: str) -> None:
    assert problem_of(content).found.startswith(actual)


def test_a_segment_that_is_too_long_is_refused() -> None:
    content = document(unit(en="a" * (MAX_RECORD + 1), de="b"))
    assert problem_of(content).found == "a longer one"
