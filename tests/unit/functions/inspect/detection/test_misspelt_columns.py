from __future__ import annotations

import pytest

from functions.inspect.detection.misspelt_columns import has_slips, misspelt, name_meant
from tasks import Column, Row

LABEL = Column("label", ("topic", "class"))


@pytest.mark.parametrize(
    ("header", "meant"),
    [("lable", "label"), ("Labell", "label"), ("topics", "topic"), ("clas", "class")],
)
def test_one_slip_is_recognised(header: str, meant: str) -> None:
    assert name_meant(LABEL, ["id", header]) == (header, meant)


@pytest.mark.parametrize("header", ["lbl", "labelled", "entailment", "x"])
def test_other_names_are_other_names(header: str) -> None:
    assert name_meant(LABEL, [header]) is None


def test_ids_and_ones_and_zeros_bear_their_own_names() -> None:
    rows: list[Row] = [
        {"toxic": "1", "topic_id": "3", "lable": "a"},
        {"toxic": "0", "topic_id": "4", "lable": "b"},
    ]
    assert misspelt(("toxic", "topic_id", "lable", "text"), {"text": "text"}, rows) == [
        "lable"
    ]
    assert has_slips(("lable",), rows)
    assert not has_slips(("toxic",), rows)
