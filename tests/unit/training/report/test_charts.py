from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evaluation import CalibrationBin
from tests.properties import scaled
from tests.unit.training.report.page_reader import Page, check_closed, check_coloured
from tests.unit.training.report.test_page import HOSTILE
from training.report import charts
from training.report.charts import Bar
from training.report.figures import Figure
from training.report.page import style_sheet


def read(figure: Figure) -> Page:
    return Page(f"<svg>{figure.body}</svg>")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("positive", "positive"),
        ("a very long name of a label", "a very long name o…"),
        ("中文标签中文标签中文标签", "中文标签中文标签中…"),
        ("line\nbreak", "line break"),
        ("", "(empty)"),
    ],
)
def test_a_label_fits_beside_an_axis(name: str, expected: str) -> None:
    assert charts.axis_label(name) == expected


def test_a_chart_describes_itself() -> None:
    figure = charts.histogram("one", "Words", [1, 2, 2, 30], "words")
    assert figure.description == "Words: 4 rows, from 1 to 30, half of them up to 2."


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0], [1e9, -1e9], [3, 3, 4]])
def test_any_values_have_a_histogram(values: list[float]) -> None:
    assert read(charts.histogram("one", "Values", values, "values")).all("path")


def test_one_value_and_no_spread_can_be_drawn() -> None:
    assert charts.curve("one", "Loss", {"training": [(1, 0.5)]}).body
    assert charts.scatter([(1.0, 1.0)], ("true", "predicted"), True).body
    assert charts.two_histograms(
        {"true pairs": [0.5], "shuffled pairs": [0.5]}, "cosine"
    ).body
    assert charts.comparison(
        [Bar("model", "this model", -0.2, [-0.3, -0.1])], "pearson"
    ).body


def test_an_empty_bin_has_no_bar_and_no_words() -> None:
    empty = CalibrationBin(low=0.0, high=0.5, confidence=None, accuracy=None, rows=0)
    filled = CalibrationBin(low=0.5, high=1.0, confidence=0.75, accuracy=0.5, rows=4)
    figure = charts.reliability(0.25, [empty, filled])
    assert (
        figure.description
        == "Reliability: expected calibration error 0.250; at 0.750 right in 0.500."
    )


@settings(max_examples=scaled(15))
@given(labels=st.lists(HOSTILE, min_size=2, max_size=3, unique=True))
def test_labels_in_a_figure_stay_texts(labels: list[str]) -> None:
    page = read(charts.confusion([[1] * len(labels)] * len(labels), labels, labels[0]))
    check_closed(page)
    check_coloured(Page(f"<style>{style_sheet()}</style>{page.source}"))
