from __future__ import annotations

import pytest

from traindrop import ApiError, UnreadableAnswerError, calls
from traindrop.calls import Answer, read_answer


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
