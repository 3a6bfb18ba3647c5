from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from tests.examples import examples
from tests.unit.training.report import made_up
from tests.unit.training.report.reading import Page, check_accessible, check_closed, check_coloured
from training.report import NAME, Facts, charts, figures, sections, write
from training.report import page as page_module
from training.report.page import page as page_of
from training.report.style import STYLE

Make = Callable[[], Facts]


def read(facts: Facts) -> Page:
    return Page(page_of(facts))


@pytest.mark.parametrize("make", made_up.ALL)
def test_a_page_of_every_family_is_whole(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    found = read(make())
    assert "left out" not in capsys.readouterr().out
    check_closed(found)
    check_accessible(found)
    check_coloured(found)
    assert len(found.source.encode()) < 200_000
    assert found.all("figure")


@pytest.mark.parametrize("make", [made_up.classification, made_up.summaries])
def test_another_parser_sees_the_same_page(make: Make) -> None:
    source = page_of(make())
    tree = lxml_html.document_fromstring(source)
    again = Page("<!doctype html>" + lxml_html.tostring(tree, encoding="unicode"))
    assert [tag for tag, _ in again.elements] == [tag for tag, _ in Page(source).elements]


@pytest.mark.parametrize(
    ("make", "figures_", "texts"),
    [
        (made_up.classification, {"confusion", "reliability", "compare", "loss"}, ["The most frequent confusions"]),
        (made_up.tokens, {"confusion", "classes"}, ["Ada (PER), London (LOC)"]),
        (made_up.questions, {"scores"}, ["F1 of single held-out rows", "question: Where was Ada born?"]),
        (made_up.regression, {"scatter"}, ["on the dashed line both agree"]),
        (made_up.summaries, {"scores"}, ["The council builds.", "its archive is damaged (ReadError)"]),
        (made_up.generation, {"scores"}, ["user: Where is Kyoto?", "In Japan."]),
        (made_up.masks, {"scores"}, ["Top-1 accuracy of single held-out rows"]),
        (made_up.similarity, {"scatter"}, ["Cosine similarity by true similarity"]),
        (made_up.pairs, {"apart"}, ["How far true pairs and shuffled pairs are told apart"]),
        (made_up.multi_label, set(), ["The 20 labels with the lowest F1, of 40"]),
        (made_up.many_labels, {"confusion"}, ["the 20 of 1,000 labels with most errors"]),
        (made_up.bare, {"compare"}, ["Only 12 held-out rows"]),
    ],
)
def test_each_family_is_shown_what_it_is_judged_by(
    make: Make, figures_: set[str], texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def noted(name: str, *rest: Any, **more: Any) -> Any:
        drawn.append(name)
        return figures.figure(name, *rest, **more)

    monkeypatch.setattr(charts, "figure", noted)
    said = read(make()).said
    assert figures_ <= set(drawn)
    for text in texts:
        assert text in said


def test_what_is_not_known_is_not_spoken_of() -> None:
    said = read(made_up.bare()).said
    for heading in ("Its worst answers", "What it writes", "How it learned", "What it learned from", "How to call it"):
        assert heading not in said
    for word in ("Settings", "gain", "champion", "Run"):
        assert word not in said


PIECES = [
    *("<script>", "</script>", "</style>", "</title>", "</pre>", "</text>", "<img src=//e>", "<svg/onload=x>", "<!--"),
    *("-->", "]]>", '"', "'", " onload=x", "&lt;", "$", "javascript:x", "url(http://e)", "\x00", "\u202e", "\n"),
]
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES)).map("".join),
)


@settings(max_examples=examples(60), deadline=None)
@given(texts=st.lists(HOSTILE, min_size=9, max_size=9))
def test_texts_stay_texts(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "available", lambda: False)
        title, name, label, asked, expected, written, key, value, base = texts
        found = dict(made_up.classification(2).evaluation) | {
            "labels": [label, "other"],
            "mistakes": [{"row": 0, "input": asked, "expected": expected, "found": asked, "score": 1.0}],
            "samples": [{key: asked, "generated": written}],
            "baselines": {"trivial": {"name": name, "metrics": {"accuracy": 0.5, "macro_f1": 0.5}}},
            "versions": {key: value},
        }
        more: dict[str, Any] = {"hyperparameters": {key: value}, "base_model": base, "request": {"inputs": asked}}
        found_page = read(replace(made_up.facts(title, "Text classification", found), **more))
    check_closed(found_page)
    assert found_page.all("style") == [{}]


@settings(max_examples=examples(15), deadline=None)
@given(labels=st.lists(HOSTILE, min_size=2, max_size=3, unique=True))
def test_labels_in_a_figure_stay_texts(labels: list[str]) -> None:
    drawn = Page(charts.confusion([[1] * len(labels)] * len(labels), labels, labels[0]))
    check_closed(drawn)
    check_coloured(Page(f"<style>{STYLE}</style>{drawn.source}"))


def test_a_hostile_text_is_read_as_it_was_written() -> None:
    said = read(made_up.classification()).said
    assert (
        '<script src="https://evil.example/x.js">alert(1)</script>" onload="x" $\\frac{1}$ \ufffd\ufffd &amp; ]]>'
        in said
    )


def test_rows_that_were_left_out_are_counted() -> None:
    said = read(made_up.tokens()).said
    assert "3 rows were left out of train, since the validation or test rows hold them too." in said
    assert "2 held-out rows repeat another one." in said
    assert "left out of validation" not in said


def test_long_texts_are_cut() -> None:
    assert page_of(made_up.questions()).count("It was long.") < 150


def test_without_matplotlib_the_page_has_tables_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "available", lambda: False)
    found = read(made_up.classification())
    assert not found.all("figure", "svg")
    assert "Figures are left out: matplotlib is not installed where this was made." in found.said
    assert "The most frequent confusions" in found.said
    check_accessible(found)


def test_a_part_that_fails_does_not_take_the_others_with_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(facts: Facts) -> Any:
        raise ZeroDivisionError("no rows")

    parts = (("results", "How good it is", (broken, sections.cost)), ("call", "How to call it", (broken,)))
    monkeypatch.setattr(page_module, "SECTIONS", parts)
    found = read(made_up.classification())
    assert "Tesla T4" in found.said
    assert "How to call it" not in found.said
    assert "The report's part 'broken' is left out: ZeroDivisionError: no rows" in capsys.readouterr().out


def test_a_report_that_fails_is_only_spoken_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def collect() -> Facts:
        raise KeyError("cosines")

    write(tmp_path, collect)
    assert "The report is left out: KeyError: 'cosines'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_only_spoken_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    write(tmp_path / "file", made_up.bare)
    assert "The report is left out: FileExistsError" in capsys.readouterr().out


def test_the_report_is_written_with_its_size_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "output", made_up.bare)
    assert (tmp_path / "output" / NAME).read_text("utf-8").startswith("<!doctype html>")
    assert re.search(r"Wrote report\.html: \d+ kB in \d+\.\d s", capsys.readouterr().out)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted(map(_luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", range(3), ids=["light", "dark", "paper"])
def test_texts_and_shapes_stand_out_from_what_is_behind_them(palette: int) -> None:
    """WCAG AA: 4.5 for texts, 3 for the shapes of a figure."""
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[palette]))
    for behind in ("page", "surface"):
        for text in ("ink", "muted", "model", "unsure"):
            assert _contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    for shape in ("model", "trivial", "reference", "champion", "good", "bad"):
        assert _contrast(colours[shape], colours["surface"]) >= 3, shape


def test_the_graphs_stand_beside_the_weights() -> None:
    facts = made_up.classification()
    serving: dict[str, Any] = {
        "engine": "onnxruntime",
        "precision": "int8",
        "reason": "int8: accuracy 0.8980 with int8, 0.9000 with float32, within the 0.005 that it may lose.",
        "metric": "accuracy",
        "rows": 800,
        "values": {"torch": 0.9, "float32": 0.9, "int8": 0.898},
        "bytes": {"torch": 91_000_000, "float32": 91_000_000, "int8": 23_200_000},
        "seconds": 21.5,
    }
    found = read(replace(facts, evaluation={**facts.evaluation, "serving": serving}))
    check_closed(found)
    check_accessible(found)
    for text in (
        "What is served",
        serving["reason"],
        "graph, int8 (packed)",
        "0.8980",
        "23.2 MB",
        "On 800 held-out rows",
    ):
        assert text in found.said


def test_without_a_graph_the_page_says_why() -> None:
    facts, reason = made_up.classification(), "There is no graph: onnx is not installed where it was trained."
    serving = {"engine": "torch", "precision": "float32", "reason": reason}
    said = read(replace(facts, evaluation={**facts.evaluation, "serving": serving})).said
    assert "The weights are served, by torch." in said
    assert reason in said
