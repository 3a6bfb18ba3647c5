from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.training.report.reading import Page
from training.report import charts
from training.report.html import cut, duration, element, metric_name, number, shortened, table, text

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("positive", "positive"),
        ("a very long name of a label", "a very long name o…"),
        ("中文标签中文标签中文标签", "中文标签中文标签中…"),
        ("line\nbreak", "line break"),
        ("", "(empty)"),
    ],
)
def test_a_label_fits_beside_an_axis(name: str, shown: str) -> None:
    assert charts.label(name) == shown


def test_texts_of_a_figure_stay_texts_and_its_ids_are_its_own() -> None:
    drawn = [Page(charts.histogram(name, "Words", [1, 2, 2, 30], "words")) for name in ("one", "two")]
    for page in drawn:
        assert {"words", "rows", "Words"} <= {said.strip() for said in page.texts}
    ids = [{attributes["id"] for _, attributes in page.elements if "id" in attributes} for page in drawn]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_figure_says_what_it_shows_to_who_cannot_see_it() -> None:
    (svg,) = Page(charts.histogram("one", "Words", [1, 2, 2, 30], "words")).all("svg")
    assert svg["aria-label"] == "Words: 4 rows, from 1 to 30, half of them up to 2."


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0], [1e9, -1e9], [3, 3, 4]])
def test_any_values_have_a_histogram(values: list[float]) -> None:
    assert Page(charts.histogram("one", "Values", values, "values")).all("path")


def test_one_value_and_no_spread_can_be_drawn() -> None:
    assert Page(charts.curve("one", "Loss", {"training": [(1, 0.5)]})).all("svg")
    assert Page(charts.scatter([(1.0, 1.0)], ("true", "predicted"), True)).all("svg")
    assert Page(charts.two_histograms({"true pairs": [0.5], "shuffled pairs": [0.5]}, "cosine")).all("svg")
    assert Page(charts.comparison([("model", "this model", -0.2, [-0.3, -0.1])], "pearson")).all("svg")


def test_a_home_that_cannot_be_written_to_is_not_needed(tmp_path: Path) -> None:
    code = (
        "import os; from training.report import charts; charts.histogram('a', 'b', [1, 2], 'c');"
        "print(os.environ.get('MPLCONFIGDIR'))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=kept | {"HOME": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("None\n", "")
    assert not (tmp_path / "none").exists()


def test_nothing_of_matplotlib_is_loaded_before_a_figure_is_drawn() -> None:
    code = "import sys, training.report; print('matplotlib' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "False False\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (1234567, "1,234,567"),
        (0.84321, "0.843"),
        (0.0, "0.000"),
        (0.00001234, "1.2e-05"),
        (12345.6, "12,346"),
        (1.5e9, "1.5e+09"),
        (float("nan"), "not a number"),
        (float("inf"), "infinite"),
        ("text", "text"),
    ],
)
def test_numbers_are_as_long_as_they_need_to_be(value: object, shown: str) -> None:
    assert number(value) == shown


def test_metrics_have_names_for_people() -> None:
    names = [metric_name(name) for name in ("macro_f1", "exact_match", "rougeL", "rouge1", "bleu", "mse", "spearman")]
    assert names == ["macro F1", "exact match", "ROUGE-L", "ROUGE-1", "BLEU", "MSE", "Spearman's ρ"]


def test_durations_have_one_unit() -> None:
    assert [duration(seconds) for seconds in (3.21, 412.5, 20_000)] == ["3.2 s", "7 min", "5.6 h"]


def test_texts_are_escaped_once() -> None:
    assert text('<b> & "c" \'') == "&lt;b&gt; &amp; &quot;c&quot; &#x27;"
    assert text(text("<")) == "&lt;"
    assert element("a", "x & y", href='#"') == '<a href="#&quot;">x &amp; y</a>'
    assert cut("<" * 700).count("&lt;") == 599
    assert shortened({"a": "größe"}, 40) == '{"a": "größe"}'
    assert "<td>&lt;i&gt;</td>" in table("caption", ["a", "b"], [("x", "<i>")])
