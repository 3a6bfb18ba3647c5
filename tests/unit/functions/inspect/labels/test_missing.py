from __future__ import annotations

import pytest

from functions.inspect.labels.missing import missing_labels

EMPTY: dict[str, tuple[str, str]] = {
    "words of programs": ("good bad nan NULL N/A <NA> #N/A", "nan NULL N/A <NA> #N/A"),
    "None beside other words of programs": ("good bad nan None", "nan None"),
    "None beside numbers": ("0 1 None", "None"),
    "SNLI's mark": ("entailment neutral contradiction -", "-"),
    "a question mark beside numbers": ("0 1 ?", "?"),
    "-1 beside three classes": ("-1 0 1 2", "-1"),
    "-1 beside names": ("-1 yes no", "-1"),
    "-1 in sentiment": ("-1 0 1", ""),
    "-1 and 1": ("-1 1", ""),
    "-1 beside -2": ("-2 -1 0 1 2", ""),
    "marks as labels": ("+ - =", ""),
    "plus and minus with a word": ("+ - neutral", ""),
    "punctuation": ("? ! .", ""),
    "NA beside words": ("positive negative NA", "NA"),
    "an empty cell": ("good bad", ""),
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_stands_for_no_label(name: str) -> None:
    labels, empty = EMPTY[name]
    missing = missing_labels(labels.split())
    assert missing.empty == {*empty.split()}
    assert not missing.doubtful


@pytest.mark.parametrize(
    "labels",
    ["Hate Offensive None", "hate offensive none", "FAVOR AGAINST NONE", "DE FR NA US"],
)
def test_a_class_that_is_called_none_or_na_is_kept(labels: str) -> None:
    missing = missing_labels(labels.split())
    assert {name.lower() for name in missing.kept} <= {"none", "na"}
    assert missing.kept
    assert not missing.empty | missing.doubtful


@pytest.mark.parametrize("labels", ["hate offensive None", "SPAM HAM NA"])
def test_what_may_be_a_label_or_none_is_doubtful(labels: str) -> None:
    missing = missing_labels(labels.split())
    assert missing.doubtful
    assert not missing.empty | missing.kept
