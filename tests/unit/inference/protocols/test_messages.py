from __future__ import annotations

from inference.protocols.messages import Reply, error_reply


def test_an_error_says_its_status_type_and_message() -> None:
    body = b'{"code":503,"type":"Overloaded","message":"busy"}'
    assert error_reply(503, "Overloaded", "busy", {"Retry-After": "1"}) == Reply(
        503, body, headers={"Retry-After": "1"}
    )
