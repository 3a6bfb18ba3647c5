from __future__ import annotations

import pytest

from inference.protocols.errors import NotAcceptableError
from inference.protocols.media import MediaType, negotiate

OFFERED = ("application/json", "text/csv")


def test_a_content_type_is_taken_apart() -> None:
    media = MediaType.parse('Text/CSV; Charset="utf-8"; header; q=0.5')
    assert media == MediaType("text/csv", {"charset": "utf-8", "q": "0.5"})
    assert media.quality == 0.5


@pytest.mark.parametrize("header", [None, "", " "])
def test_a_missing_content_type_has_no_name(header: str | None) -> None:
    assert MediaType.parse(header) == MediaType("")


def test_a_quality_that_is_no_number_refuses_the_type() -> None:
    assert MediaType.parse("text/csv;q=x").quality == 0.0


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("application/json;q=0.1, text/csv", "text/csv"),
        ("text/csv;q=0, */*;q=0.1", "application/json"),
    ],
)
def test_the_preferred_type_is_offered(accept: str | None, name: str) -> None:
    assert negotiate(accept, OFFERED, "application/json") == name


def test_a_type_that_is_not_offered_is_refused() -> None:
    with pytest.raises(
        NotAcceptableError,
        match="expected an Accept of application/json, text/csv; found 'a/b'",
    ):
        negotiate("a/b", OFFERED, "application/json")
