from __future__ import annotations

import pytest

from functions.inspect.labels.separators import separation_of, splitting

SEVERAL = {
    "commas": (["Action", "Drama", "Action, Drama"], ","),
    "plus signs": (["joy", "anger", "anger+joy"], "+"),
    "slashes": (["food", "service", "food/service"], "/"),
    "bars in late rows": (["a", "b", "a|b"], "|"),
    "line breaks": (["a", "b", "a\nb"], "\n"),
    "angle brackets": (["<java>", "<java><swing>"], "<>"),
    "codes": (["cs.LG", "stat.ML", "cs.LG stat.ML"], " "),
    "hashtags": (["#fun #sun", "#fun", "#sun #sea"], " "),
}
ONE = {
    "names with commas": ["Food, drink & more", "Home, garden", "Cars"],
    "a tree": ["sci/space", "sci/med", "rec/autos"],
    "ratings out of five": ["3/5", "4/5", "5/5"],
    "languages": ["C#", "C++", "C"],
    "newsgroups": ["comp.graphics", "sci.space", "alt.atheism"],
    "sentences": ["New York", "Los Angeles", "York"],
}
QUESTIONS = {
    "one of two stands alone": ["Food", "Food, drink", "Cars"],
    "many combinations, none alone": ["Action, Drama", "Drama, War", "War, Action"],
}


@pytest.mark.parametrize("name", SEVERAL)
def test_labels_that_stand_alone_too_are_several(name: str) -> None:
    names, separator = SEVERAL[name]
    separation = separation_of(names, is_plural=False)
    assert separation is not None
    assert (separation.separator, separation.is_sure) == (separator, True)


@pytest.mark.parametrize("name", ONE)
def test_names_that_hold_a_mark_stay_one_label(name: str) -> None:
    assert separation_of(ONE[name], is_plural=False) is None


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_may_be_one_or_several_is_not_sure(name: str) -> None:
    separation = separation_of(QUESTIONS[name], is_plural=False)
    assert separation is not None
    assert not separation.is_sure


def test_a_plural_decides() -> None:
    separation = separation_of(["a", "a,b"], is_plural=True)
    assert separation is not None
    assert separation.is_sure


def test_cells_are_split_and_stripped() -> None:
    assert splitting(",")("a, b,,c ") == ["a", "b", "c"]
    assert splitting("<>")("<a><b>") == ["a", "b"]
    assert splitting("")("a, b") == ["a, b"]
