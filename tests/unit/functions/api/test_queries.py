from __future__ import annotations

import base64

import pytest

from functions.api.errors import ApiError
from functions.api.queries import (
    PageRequest,
    decode_cursor,
    encode_cursor,
    page_request,
    require_known,
)
from tests.unit.functions.api.client import Client, live


def test_a_cursor_comes_back_as_it_went() -> None:
    for position in (("a",), ("2026-12-01T00:00:00+00:00", "größe-1")):
        assert decode_cursor(encode_cursor(position), len(position)) == position


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "AAAA",
        base64.urlsafe_b64encode(b'"a"').decode(),
        base64.urlsafe_b64encode(b"[1]").decode(),
        base64.urlsafe_b64encode(b'[""]').decode(),
        encode_cursor(("a", "b")),
        encode_cursor(("x" * 800,)),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
    ],
)
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ApiError) as raised:
        decode_cursor(text, 1)
    assert (raised.value.status, raised.value.more) == (422, {"field": "next"})
    assert raised.value.message == (
        f"next: expected the `next` of an answer to this call; found {text!r:.80}. "
        "Leave it out to begin anew."
    )


def test_a_page_says_where_the_next_one_begins() -> None:
    def position(item: str) -> tuple[str]:
        return (item,)

    page = PageRequest(2)
    assert page.page_of(["a", "b"], position) == (["a", "b"], {})
    items, more = page.page_of(["a", "b", "c"], position)
    assert items == ["a", "b"]
    assert page_request(more) == PageRequest(50, ("b",))


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ((), "limt: expected no parameters after the path; found 'limt'. Leave it out."),
        (
            ("limit", "next"),
            "limt: expected only the parameters limit and next; found 'limt'. Did you mean 'limit'?",
        ),
        (
            ("a", "b", "c"),
            "limt: expected only the parameters a, b, c; found 'limt'. Leave it out.",
        ),
    ],
)  # fmt: skip
def test_an_unknown_parameter_is_refused(
    allowed: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ApiError) as raised:
        require_known(["limt"], allowed)
    assert (raised.value.message, raised.value.more) == (message, {"field": "limt"})


def test_every_call_refuses_what_it_does_not_take(call: Client) -> None:
    live(call)
    for resource in ("/models", "/runs", "/models/{model}/releases", "/costs"):
        path = {"model": "reviews"} if "{" in resource else {}
        status, error, _ = call.error("GET", resource, None, {"cursor": "x"}, **path)
        assert (status, error["field"]) == (422, "cursor")


def pages(
    call: Client, resource: str, name: str, size: int, **path: str
) -> list[list[str]]:
    """The names of a list, page by page, as a caller follows `next`."""
    shown, query = [], {"limit": str(size)}
    while True:
        _, body, _ = call("GET", resource, None, query, **path)
        shown.append([item[name] for item in body[resource.rpartition("/")[2]]])
        if "next" not in body:
            return shown
        query["next"] = body["next"]


def test_runs_are_read_page_by_page(call: Client) -> None:
    for index in range(5):
        call.ledger.add(f"reviews-{index}", model="reviews")
    assert pages(call, "/runs", "run", 2) == [
        ["reviews-4", "reviews-3"],
        ["reviews-2", "reviews-1"],
        ["reviews-0"],
    ]
    assert len(pages(call, "/runs", "run", 5)) == 1


def test_releases_are_read_page_by_page(call: Client) -> None:
    for index in range(3):
        call.ledger.add(f"r-{index}", model="reviews", status="kept back")
    resource = "/models/{model}/releases"
    names = pages(call, resource, "run", 2, model="reviews")
    assert [len(page) for page in names] == [2, 1]
    assert sorted(names[0] + names[1]) == ["r-0", "r-1", "r-2"]
    gone = {"next": encode_cursor(("r-9",))}
    status, error, _ = call.error("GET", resource, None, gone, model="reviews")
    assert (status, error["field"]) == (422, "next")


def test_a_position_that_no_page_ended_at_is_no_internal_error(call: Client) -> None:
    live(call)
    odd = {"next": encode_cursor(("x" * 500, "y"))}
    assert call("GET", "/runs", None, odd)[0] == 200
