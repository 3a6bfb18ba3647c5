from __future__ import annotations

from functions.inspect.labels.spellings import case_spellings, number_spellings


def test_labels_that_differ_in_case_and_spaces_are_the_commonest_one() -> None:
    counts = {"TRUE": 3, "True": 9, "true": 1, "Bill ing": 2, "billing": 5, "other": 1}
    assert case_spellings(counts) == {
        "TRUE": "True",
        "true": "True",
        "Bill ing": "billing",
    }


def test_whole_numbers_lose_their_fraction() -> None:
    assert number_spellings({"1.0": 2, "0": 3, "-1.00": 1}) == {
        "1.0": "1",
        "-1.00": "-1",
    }


def test_versions_and_codes_stay_as_they_are() -> None:
    assert number_spellings({"1.0": 2, "beta": 3}) == {}
    assert number_spellings({"01": 2, "02": 3}) == {}
