from __future__ import annotations

from collections.abc import Sequence

import pytest

from contracts.problems import Problem
from functions.inspect.layouts import Plan
from functions.inspect.layouts.parallel_texts import recognise
from functions.inspect.sources.parallel_texts import ParallelTexts
from tests.unit.functions.inspect.drop_files import drop_file


def plan(names: Sequence[str]) -> Plan | Problem | None:
    return recognise([drop_file(name) for name in names])


@pytest.mark.parametrize(
    ("names", "languages", "is_directed"),
    [
        (["train.en", "train.de"], ["de", "en"], False),
        (["corpus.en-de.de", "corpus.en-de.en"], ["en", "de"], True),
        (["Europarl.de-en.en.gz", "Europarl.de-en.de.gz"], ["de", "en"], True),
    ],
)
def test_two_files_are_the_sides_of_one_table(
    names: list[str], languages: list[str], is_directed: bool
) -> None:
    result = plan(names)
    assert isinstance(result, Plan), result
    (pair,) = result.splits["train"]
    assert isinstance(pair, ParallelTexts)
    assert [language for language, _ in pair.sides] == languages
    assert pair.is_directed is is_directed


def test_pairs_may_be_splits() -> None:
    result = plan(["train.en", "train.de", "dev.en", "dev.de"])
    assert isinstance(result, Plan)
    assert [*result.splits] == ["train", "validation"]


@pytest.mark.parametrize(
    "names", [["train.en"], ["train.en", "train.de", "train.fr"], ["a.en", "b.de"]]
)
def test_files_without_their_translations_are_refused(names: list[str]) -> None:
    assert isinstance(plan(names), Problem)


def test_other_endings_are_of_another_form() -> None:
    assert plan(["train.csv", "train.de"]) is None


def test_the_alignment_that_opus_adds_is_left_out() -> None:
    result = plan(["Books.de-en.de", "Books.de-en.en", "Books.de-en.xml"])
    assert isinstance(result, Plan)
    assert result.notes == (
        "Left out, as it only says which lines belong together: 'Books.de-en.xml'.",
    )
