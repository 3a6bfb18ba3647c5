from __future__ import annotations

import pytest

from tasks.base import Column, plain


@pytest.mark.parametrize(
    "header", ["Class Index", " class-index ", "CLASS_INDEX", "class  index"]
)
def test_headers_are_compared_without_case_spaces_and_hyphens(header: str) -> None:
    assert plain(header) == "class_index"


def test_columns_accept_their_aliases_whatever_the_case() -> None:
    assert Column("label", ("class",)).accepts(" Class ")
    assert not Column("label", ("class",)).accepts("classes")


def test_a_column_may_match_names_that_it_does_not_list() -> None:
    language = Column("source", (), matches=lambda name: len(name) == 2)
    assert language.accepts("EN")
    assert not language.accepts("english")
