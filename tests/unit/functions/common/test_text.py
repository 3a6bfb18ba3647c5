from __future__ import annotations

import pytest

from functions.common.text import is_one_slip, nearest


@pytest.mark.parametrize(
    "name", ["labell", "lable", "labl", "lebel", "labels", "alabel", "abel"]
)
def test_one_slip_makes_another_name(name: str) -> None:
    assert is_one_slip(name, "label")


@pytest.mark.parametrize(
    "name", ["label", "lbl", "labels1", "ballel", "table1", "topic", ""]
)
def test_the_same_name_or_two_slips_are_none(name: str) -> None:
    assert not is_one_slip(name, "label")


@pytest.mark.parametrize(
    ("name", "guess"),
    [("reviws", "reviews"), ("REVIEWS", "reviews"), ("news", "News"), ("zzzz", None)],
)
def test_the_nearest_name_is_found(name: str, guess: str | None) -> None:
    assert nearest(name, ["reviews", "News", "quotes"]) == guess
