from __future__ import annotations

import re
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from contracts.evaluation import Evaluation
from contracts.locations import REPORT
from tests.golden import CheckGolden
from tests.properties import scaled
from tests.unit.training.report import examples
from tests.unit.training.report.evaluations import FactsFactory
from tests.unit.training.report.page_reader import (
    Page,
    check_accessible,
    check_closed,
    check_coloured,
    outline,
)
from training.report import Facts, charts, figures, mistakes, write
from training.report.page import TEMPLATES, render_page, style_sheet


class ExamplePage(NamedTuple):
    source: str
    printed: str
    """While the page was made."""
    figures: frozenset[str]
    """The names of those that were drawn."""


@cache
def rendered(make_facts: FactsFactory) -> ExamplePage:
    """The page of an example, once: drawing its figures takes a second."""
    drawn = set()

    def draw_figure(name: str, *arguments: Any) -> figures.Figure:
        drawn.add(name)
        return figures.draw_figure(name, *arguments)

    with redirect_stdout(StringIO()) as printed, pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "draw_figure", draw_figure)
        source = render_page(make_facts())
    return ExamplePage(source, printed.getvalue(), frozenset(drawn))


def read(facts: Facts) -> Page:
    return Page(render_page(facts))


@pytest.mark.parametrize("make_facts", examples.ALL)
def test_a_page_of_every_family_is_whole(make_facts: FactsFactory) -> None:
    page = Page(rendered(make_facts).source)
    assert "left out" not in rendered(make_facts).printed
    check_closed(page)
    check_accessible(page)
    check_coloured(page)
    assert len(page.source.encode()) < 200_000
    assert page.all("figure")


@pytest.mark.parametrize("make_facts", [examples.classification, examples.bare])
def test_a_whole_page_reads_as_its_golden_file(
    make_facts: FactsFactory, check_golden: CheckGolden
) -> None:
    check_golden(f"{make_facts.__name__}.txt", outline(rendered(make_facts).source))


@pytest.mark.parametrize("make_facts", examples.ALL[1:-1])
def test_what_only_some_pages_have_reads_as_its_golden_file(
    make_facts: FactsFactory, check_golden: CheckGolden
) -> None:
    common = outline(rendered(examples.classification).source).splitlines()
    lines = outline(rendered(make_facts).source).splitlines()
    check_golden(
        f"{make_facts.__name__}.txt",
        "\n".join(line for line in lines if line not in common) + "\n",
    )


@pytest.mark.parametrize("make_facts", [examples.classification, examples.summaries])
def test_another_parser_sees_the_same_page(make_facts: FactsFactory) -> None:
    source = rendered(make_facts).source
    tree = lxml_html.document_fromstring(source)
    again = Page("<!doctype html>" + lxml_html.tostring(tree, encoding="unicode"))
    assert [tag for tag, _ in again.elements] == [
        tag for tag, _ in Page(source).elements
    ]


@pytest.mark.parametrize(
    ("make_facts", "names"),
    [
        (examples.classification, {"confusion", "reliability", "compare", "loss"}),
        (examples.tokens, {"confusion", "classes"}),
        (examples.questions, {"scores"}),
        (examples.regression, {"scatter"}),
        (examples.summaries, {"scores"}),
        (examples.generation, {"scores"}),
        (examples.masks, {"scores"}),
        (examples.similarity, {"scatter"}),
        (examples.pairs, {"apart"}),
        (examples.many_labels, {"confusion"}),
        (examples.bare, {"compare"}),
    ],
)
def test_each_family_has_the_figures_of_what_it_is_judged_by(
    make_facts: FactsFactory, names: set[str]
) -> None:
    assert names <= rendered(make_facts).figures


def test_a_section_without_content_is_left_out() -> None:
    text = Page(rendered(examples.bare).source).text
    for heading in (
        "Its worst answers",
        "What it writes",
        "How it learned",
        "What it learned from",
        "How to call it",
    ):
        assert heading not in text
    for word in ("Settings", "gain", "champion", "Run"):
        assert word not in text


PIECES = [
    *(
        "<script>",
        "</script>",
        "</style>",
        "</title>",
        "</pre>",
        "</text>",
        "<img src=//e>",
        "<svg/onload=x>",
        "<!--",
    ),
    *(
        "-->",
        "]]>",
        '"',
        "'",
        " onload=x",
        "&lt;",
        "$",
        "javascript:x",
        "url(http://e)",
        "\x00",
        "\u202e",
        "\n",
    ),
    *("{{ 1 }}", "{% raw %}", "{#"),
]
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES)).map("".join),
)


@settings(max_examples=scaled(40))
@given(texts=st.lists(HOSTILE, min_size=9, max_size=9))
def test_texts_stay_texts(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "available", lambda: False)
        title, name, label, question, expected, generated, key, value, base_model = (
            texts
        )
        evaluation = examples.classification_document(
            2,
            labels=[label, "other"],
            mistakes=[
                {
                    "row": 0,
                    "input": question,
                    "expected": expected,
                    "found": question,
                    "score": 1.0,
                }
            ],
            samples=[{key: question, "generated": generated}],
            baselines={
                "trivial": {
                    "name": name,
                    "metrics": {"accuracy": 0.5, "macro_f1": 0.5},
                },
                "reference": None,
            },
            versions={key: value},
        )
        page = read(
            examples.facts(
                title,
                "Text classification",
                evaluation,
                hyperparameters={key: value},
                base_model=base_model,
                request={"inputs": question},
            )
        )
    check_closed(page)
    assert page.all("style") == [{}]


def test_a_hostile_text_is_read_as_it_was_written() -> None:
    text = Page(rendered(examples.classification).source).text
    script = '<script src="https://evil.example/x.js">alert(1)</script>" onload="x" $\\frac{1}$ \ufffd\ufffd &amp; ]]>'
    assert script in text


def test_a_count_of_zero_is_left_out() -> None:
    assert "left out of validation" not in Page(rendered(examples.tokens).source).text


def test_long_texts_are_cut() -> None:
    assert rendered(examples.questions).source.count("It was long.") < 150


def test_without_matplotlib_the_page_has_tables_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(figures, "available", lambda: False)
    page = read(examples.classification())
    assert not page.all("figure", "svg")
    assert (
        "Figures are left out: matplotlib is not installed where this was made."
        in page.text
    )
    assert "The most frequent confusions" in page.text
    check_accessible(page)


def test_a_part_that_fails_does_not_take_the_others_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(evaluation: Evaluation) -> Any:
        raise ZeroDivisionError("no rows")

    monkeypatch.setattr(mistakes, "confused_pairs", fail)
    monkeypatch.setattr(mistakes, "mistake_cards", fail)
    text = read(examples.classification()).text
    assert "Reliability: expected calibration error 0.123" in text
    assert "Tesla T4" in text
    assert "Its worst answers" not in text
    output = capsys.readouterr().out
    assert (
        "The report's part 'confusions' is left out: ZeroDivisionError: no rows"
        in output
    )
    assert (
        "The report's part 'mistakes' is left out: ZeroDivisionError: no rows" in output
    )


def test_every_fragment_is_part_of_the_page() -> None:
    page = (TEMPLATES / "page.html.j2").read_text("utf-8")
    files = {
        path.name.removesuffix(".html.j2")
        for path in (TEMPLATES / "fragments").iterdir()
    }
    assert set(re.findall(r'fragment\("(\w+)"\)', page)) - {"name"} == files


def test_a_report_that_fails_is_only_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def collect() -> Facts:
        raise KeyError("cosines")

    write(tmp_path, collect)
    assert "The report is left out: KeyError: 'cosines'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_only_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    write(tmp_path / "file", examples.bare)
    assert "The report is left out: FileExistsError" in capsys.readouterr().out


def test_the_report_is_written_with_its_size_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "output", examples.bare)
    assert (
        (tmp_path / "output" / REPORT).read_text("utf-8").startswith("<!doctype html>")
    )
    assert re.search(
        r"Wrote report\.html: \d+ kB in \d+\.\d s", capsys.readouterr().out
    )


def _luminance(colour: str) -> float:
    channels = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        channels.append(
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        )
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted(map(_luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", range(3), ids=["light", "dark", "paper"])
def test_texts_and_shapes_stand_out_from_what_is_behind_them(palette: int) -> None:
    """WCAG AA: 4.5 for texts, 3 for the shapes of a figure."""
    variables = re.findall(r":root \{(.*?)\}", style_sheet(), re.DOTALL)[palette]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", variables))
    for behind in ("page", "surface"):
        for text in ("ink", "muted", "model", "unsure"):
            assert _contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    for shape in ("model", "trivial", "reference", "champion", "good", "bad"):
        assert _contrast(colours[shape], colours["surface"]) >= 3, shape


@pytest.mark.parametrize("make_facts", [examples.graph, examples.no_graph])
def test_what_is_served_has_a_section(make_facts: FactsFactory) -> None:
    assert "What is served" in Page(rendered(make_facts).source).text


def test_a_request_that_is_too_long_for_a_shell_is_shown_by_its_beginning() -> None:
    text = read(replace(examples.bare(), request={"inputs": "word " * 300})).text
    assert "The beginning of a body that it answers:" in text
    assert "curl" not in text
