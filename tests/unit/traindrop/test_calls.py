from __future__ import annotations

import pytest

from traindrop import ApiError, UnreadableAnswerError, calls
from traindrop.calls import Answer, read_answer
from traindrop.connection import request_options


def test_an_answer_that_is_not_the_apis_says_to_check_the_url() -> None:
    with pytest.raises(ApiError, match=r"The API answered 502: <html>.* Check its URL"):
        read_answer(calls.models(), Answer(502, {}, "<html>Bad gateway</html>"))
    with pytest.raises(UnreadableAnswerError, match="expected JSON from the API"):
        read_answer(calls.models(), Answer(200, {}, "<html>a login page</html>"))


def test_an_answer_of_another_version_is_named_so() -> None:
    with pytest.raises(UnreadableAnswerError, match="Install the version of Traindrop"):
        read_answer(calls.models(), Answer(200, {}, '{"models": [{"name": "m"}]}'))


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (calls.rollback("m", None, False), {}),
        (calls.promote("m", "r", True), {"run": "r", "accept_label_change": True}),
        (calls.approve("r", False), {}),
    ],
)
def test_a_release_is_chosen_by_the_fields_that_were_named(
    call: calls.Call[object], body: object
) -> None:
    assert call.body == body
    assert not call.is_repeatable


def test_a_large_answer_is_fetched_from_its_link_without_the_key() -> None:
    link = "https://data.s3.amazonaws.com/predictions/r/answers/1.out?X-Amz-Signature=s"
    headers = {"location": link, "x-traindrop-run": "reviews-1"}
    following = calls.predict("reviews", "a", None).after(Answer(303, headers, "{}"))
    assert following is not None
    options = request_options(following)
    assert (options["url"], options["headers"]) == (link, {"x-api-key": ""})
    prediction = read_answer(following, Answer(200, {}, '["x"]'))
    assert (prediction.answer, prediction.run) == (["x"], "reviews-1")


def test_an_answer_at_once_is_followed_by_nothing() -> None:
    assert calls.predict("m", "a", None).after(Answer(200, {}, "[]")) is None
    assert calls.models().after(Answer(202, {}, "{}")) is None
