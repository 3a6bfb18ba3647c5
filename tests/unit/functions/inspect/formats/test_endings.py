from __future__ import annotations

import pytest

from functions.inspect.formats import FORMATS, format_problem
from functions.inspect.formats.endings import UNREADABLE_ENDINGS

READ = {extension for format_ in FORMATS for extension in format_.extensions}


def test_no_format_is_called_unreadable() -> None:
    assert not READ & UNREADABLE_ENDINGS.keys()


@pytest.mark.parametrize("ending", UNREADABLE_ENDINGS)
def test_every_ending_says_what_the_file_is_and_what_to_do(ending: str) -> None:
    problem = format_problem(f"a.{ending}", ending)
    kind = UNREADABLE_ENDINGS[ending]
    assert problem
    assert (problem.file, problem.found, problem.remedy) == (
        f"a.{ending}",
        kind.name,
        kind.remedy,
    )
    assert kind.name.partition(" ")[0] in {"a", "an", "brat", "sound"}
    assert kind.remedy.endswith(".")
    assert len(kind.remedy) < 400


@pytest.mark.parametrize(
    "extension", ["csv", "csv.gz", "txt.bz2", "xlsx", "tmx", "gz", ""]
)
def test_what_is_read_has_no_problem(extension: str) -> None:
    assert format_problem("a", extension) is None


def test_a_compressed_unreadable_file_is_named_too() -> None:
    problem = format_problem("a.pkl.gz", "pkl.gz")
    assert problem
    assert "pickle" in problem.found


def test_an_ending_that_nobody_knows_is_listed_against_those_that_are_read() -> None:
    problem = format_problem("a.cvs", "cvs")
    assert problem
    assert problem.found == "the extension .cvs"
    assert ".csv" in problem.expected
