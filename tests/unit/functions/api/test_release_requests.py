from __future__ import annotations

import pytest

from functions.api.errors import ApiError
from functions.api.release_requests import PromotionRequest, promotion_request

JSON = "application/json"


@pytest.mark.parametrize("body", [None, "", " ", "{}", b"{}"])
def test_a_request_may_say_nothing(body: str | bytes | None) -> None:
    assert promotion_request(body, JSON) == PromotionRequest()


def test_a_request_names_a_run_and_accepts_other_labels() -> None:
    body = '{"run": "reviews-1", "accept_label_change": true}'
    assert promotion_request(body, JSON) == PromotionRequest("reviews-1", True)


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ("[]", "body", "body: expected an object; found []."),
        ('{"run": 1}', "run", "run: expected the id of a run; found 1."),
        ('{"run": ""}', "run", "run: expected the id of a run; found ''."),
        (
            '{"accept_label_change": "yes"}',
            "accept_label_change",
            "accept_label_change: expected true or false; found 'yes'.",
        ),
        (
            '{"rum": "x"}',
            "rum",
            "rum: expected only the fields run, accept_label_change; found 'x'.",
        ),
    ],
)
def test_a_wrong_field_is_named(body: str, field: str, expected: str) -> None:
    with pytest.raises(ApiError) as raised:
        promotion_request(body, JSON)
    assert (raised.value.status, raised.value.more["field"]) == (422, field)
    assert raised.value.message.startswith(expected)
